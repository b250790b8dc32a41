"""The log of the server command, as a process writes it: a reader that is slow, or gone, holds up no client."""

import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import requests

from tests.server.commands import Serve, commands

REQUESTS = 500
"""Their lines are longer than the queue and a pipe together."""

LINE = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z) "
    r"(?P<peer>127\.0\.0\.1:\d+) (?P<caller>\S+) (?P<method>\S+) (?P<target>\S+) (?P<status>\d+) "
    r"in=(?P<received>\d+|-) out=(?P<sent>\d+|-) (?P<duration>\d+\.\d)ms ?(?P<notes>.*)"
)
LONG = "/v2/" + "a" * 4_000


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with commands(tmp_path) as start:
        yield start


def wait_for_lines(log: Path, count: int) -> None:
    """Return once the log has so many lines, or after ten seconds, for the test to fail."""
    for _ in range(1_000):
        if len(log.read_text().splitlines()) >= count:
            return
        threading.Event().wait(0.01)


def test_every_line_has_time_client_caller_status_and_duration(serve: Serve) -> None:
    command = serve("--auth", "anonymous-pull", "--admin-user", "admin:secret")
    with requests.Session() as session:
        session.trust_env = False  # or a .netrc could put an Authorization of its own in
        session.get(f"{command.url}/v2/", timeout=5)
        session.get(f"{command.url}/v2/_catalog", auth=("admin", "secret"), timeout=5)
        session.head(f"{command.url}/v2/_catalog", auth=("admin", "secret"), timeout=5)
    wait_for_lines(command.log, 3)  # an answer is logged after it is sent, by the thread of its connection
    with socket.create_connection(command.address, timeout=5) as client:
        client.sendall(b"GET /v2/ HTTP/1.1\r\nHost: user:secret@there\r\n\r\n")
        client.recv(1)
    with socket.create_connection(command.address, timeout=5) as client:
        client.sendall(b"GET http://user:secret@there/v2/ HTTP/1.1\r\nHost: there\r\n\r\n")
        client.recv(1)
    command.stop()

    text = command.log.read_text()
    lines = [LINE.fullmatch(line) for line in text.splitlines()]
    found = [(line["caller"], line["method"], line["status"], line["sent"]) for line in lines if line is not None]
    assert [row[:3] for row in found] == [
        ("-", "GET", "401"),
        ("admin", "GET", "200"),
        ("admin", "HEAD", found[2][2]),
        ("-", "-", "400"),
        ("-", "-", "400"),
    ]
    assert int(found[1][3]) > 0
    assert found[2][3] == "0"
    assert len(found) == len(lines)
    assert "secret" not in text


def test_log_that_is_not_read_holds_up_no_client(serve: Serve) -> None:
    reading, writing = os.pipe()
    command = serve(errors=writing)
    os.close(writing)
    with requests.Session() as session:
        statuses = [session.get(f"{command.url}{LONG}", timeout=10).status_code for _ in range(REQUESTS)]
        # the reader comes back, and reads as long as there are lines
        os.set_blocking(reading, False)
        text = read_until(reading, "were dropped")
        session.get(f"{command.url}/v2/", timeout=10)
    command.stop()
    os.set_blocking(reading, True)
    text += read_all(reading)
    os.close(reading)

    assert statuses == [404] * REQUESTS
    lines = text.splitlines()
    [dropped] = [int(count) for count in re.findall(r"(\d+) lines of the log were dropped", text)]
    assert len([line for line in lines if LONG in line]) == REQUESTS - dropped
    assert " GET /v2/ 200 " in lines[-1]


def read_until(descriptor: int, text: str) -> str:
    """Read what comes until `text` has come."""
    found = ""
    while text not in found:
        with suppress(BlockingIOError):
            found += os.read(descriptor, 65_536).decode()
    return found


def read_all(descriptor: int) -> str:
    with open(descriptor, "rb", closefd=False) as file:
        return file.read().decode()


@pytest.mark.parametrize("blocking", [True, pytest.param(False, marks=pytest.mark.exhaustive)])
def test_signal_ends_the_server_when_its_log_is_not_read(serve: Serve, *, blocking: bool) -> None:
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    with suppress(BlockingIOError):
        while os.write(writing, b" " * 65_536):
            pass
    os.set_blocking(writing, blocking)
    command = serve(errors=writing)
    assert [requests.get(f"{command.url}/v2/", timeout=5).status_code for _ in range(2)] == [200, 200]
    command.stop()
    os.close(writing)
    os.close(reading)


def test_last_lines_are_written_at_the_end(serve: Serve) -> None:
    command = serve()
    with requests.Session() as session:
        for _ in range(100):
            session.get(f"{command.url}/v2/", timeout=5)
    command.stop()

    assert command.log.read_text().count(" GET /v2/ 200 ") == 100
