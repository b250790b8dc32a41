"""A start that is interrupted at any moment, by Ctrl-C or a test's time-out, leaves nothing behind."""

import random
import signal
import sys
import threading
import warnings
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests

from fake_registry.server import RegistryServer
from fake_registry.server.tls import Certificates
from tests.support.effort import repeated, rounds
from tests.support.interrupts import interrupted_calls
from tests.support.open_files import on_linux, open_files

ROUNDS = rounds(10)
"""Signals in `test_signal_during_a_start_leaves_nothing`."""

LONGEST_SECONDS = 0.004
"""A start takes about a millisecond."""


def hello(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", "5")])
    return [b"hello"]


@pytest.fixture(scope="module")
def certificates() -> Certificates:
    return Certificates.generate()


def threads() -> set[threading.Thread]:
    return set(threading.enumerate())


@on_linux
@pytest.mark.parametrize("tls", [False, True])
def test_interrupt_before_any_step_leaves_the_server_stopped(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *, tls: bool
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server = RegistryServer(hello, certificates=certificates if tls else None)
    before, files, interrupts = threads(), open_files(), 0

    for _ in interrupted_calls(server.start):
        interrupts += 1
        assert (threads(), list(tmp_path.iterdir()), server.ca_file) == (before, [], None)
    assert interrupts > 50

    assert requests.get(server.url, timeout=5, verify=str(server.ca_file)).content == b"hello"
    server.stop()
    assert (threads(), open_files(), list(tmp_path.iterdir())) == (before, files, [])


@pytest.mark.skipif(sys.platform == "win32", reason="no timers that send a signal")
@on_linux
@pytest.mark.exhaustive
@repeated
def test_signal_during_a_start_leaves_nothing(certificates: Certificates) -> None:
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    moments = random.Random(0)
    before, files = threads(), open_files()
    former = signal.signal(signal.SIGALRM, interrupt)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", ResourceWarning)
            for _ in range(ROUNDS):
                server = RegistryServer(hello, certificates=certificates)
                start_until_alarm(server, moments.uniform(1e-6, LONGEST_SECONDS))
                server.stop()
                assert (threads(), open_files()) == (before, files)
    finally:
        signal.signal(signal.SIGALRM, former)


def start_until_alarm(server: RegistryServer, seconds: float) -> None:
    """Start; the alarm may come while the server starts, or after that."""
    try:
        signal.setitimer(signal.ITIMER_REAL, seconds)
        server.start()
        while True:  # a signal that comes just before `pause` would be missed by it
            pass
    except KeyboardInterrupt:
        return
