"""Many connections at once: a full backlog, no file descriptor left, and those that come after."""

import errno
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from fake_registry.server import Note
from fake_registry.server import listener as listener_module
from fake_registry.server.http1_responses import SERVER_NAME
from fake_registry.server.listener import Listener, accept_in_thread
from fake_registry.server.serving import Serving
from fake_registry.server.timeouts import TimeLimits
from tests.server.commands import RunningCommand, Serve, commands

GET = b"GET /v2/ HTTP/1.1\r\nHost: x\r\n\r\n"
SHORTAGES = [errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM]
SYSTEM_BACKLOG = Path("/proc/sys/net/core/somaxconn")
CONNECTS = 600
SHORTAGE = "new connections wait: [Errno 24]"


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    with commands(tmp_path) as start:
        yield start


class FailingSocket(socket.socket):
    """A listening socket that fails to accept as often as there are `errors`."""

    def __init__(self, *errors: int) -> None:
        super().__init__()
        self.errors = list(errors)
        self.attempts = 0
        self.bind(("127.0.0.1", 0))
        self.listen()

    def accept(self) -> tuple[socket.socket, object]:
        self.attempts += 1
        if self.errors:
            number = self.errors.pop(0)
            raise OSError(number, os.strerror(number))
        return super().accept()


def serving_with(notes: list[Note]) -> Serving:
    """Return an app that has no answers, and a log."""
    return Serving(
        app=lambda environ, start_response: (),
        tls=None,
        limits=TimeLimits(),
        host="127.0.0.1",
        port=0,
        keep=lambda error, peer, status: None,
        note=notes.append,
        answered=None,
        finishing=threading.Event(),
        stopping=threading.Event(),
    )


def accept_one(listening: FailingSocket) -> list[Note]:
    """Accept a connection; return the notes."""
    notes: list[Note] = []
    listener = Listener(listening, serving_with(notes))
    address = listening.getsockname()
    accepting = accept_in_thread(listener, "accepting")
    try:
        with socket.create_connection(address, timeout=10) as client:
            client.sendall(b"nonsense\r\n\r\n")
            assert client.recv(12) == b"HTTP/1.1 400"
        return notes
    finally:
        listener.wake()
        accepting.join()
        listener.cut(within_seconds=10)


@pytest.mark.parametrize("shortage", SHORTAGES)
def test_shortage_is_noted_once(shortage: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener_module, "SHORTAGE_SECONDS", 0.001)
    notes = accept_one(FailingSocket(shortage, shortage, shortage))

    assert [note.text for note in notes if note.status is None] == [
        f"new connections wait: [Errno {shortage}] {os.strerror(shortage)}"
    ]


def test_client_that_is_gone_before_it_is_accepted_holds_up_no_other() -> None:
    notes = accept_one(FailingSocket(errno.ECONNABORTED, errno.ECONNABORTED))

    lost = [note.text for note in notes if note.status is None]
    assert len(lost) == 2
    assert all(text.startswith("lost a connection before its first byte: ") for text in lost)


def test_nothing_is_tried_until_a_shortage_or_the_server_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listener_module, "SHORTAGE_SECONDS", 3600)
    listening = FailingSocket(*[errno.EMFILE] * 1_000)
    notes: list[Note] = []
    listener = Listener(listening, serving_with(notes))
    accepting = accept_in_thread(listener, "accepting")
    with socket.create_connection(listening.getsockname(), timeout=10):
        while not notes:
            assert accepting.is_alive()
        listener.wake()
        accepting.join(10)
    listener.cut(within_seconds=10)

    assert (accepting.is_alive(), listening.attempts) == (False, 1)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit of file descriptors")
def test_server_without_descriptors_recovers(serve: Serve) -> None:
    command = serve(limits=lambda: limit_open_files(64))
    with ExitStack() as stack:
        clients = [stack.enter_context(connect_to(command)) for _ in range(120)]
        assert all(answers(client) for client in clients[:20])
        while SHORTAGE not in command.log.read_text():
            assert command.process.poll() is None
        for client in clients[:100]:
            client.close()
        assert all(answers(client) for client in clients[100:])
    command.stop()

    lines = command.log.read_text().splitlines()
    assert len([line for line in lines if SHORTAGE in line]) == 1
    assert len(lines) < 50


def limit_open_files(count: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def connect_to(command: RunningCommand) -> socket.socket:
    return socket.create_connection(command.address, timeout=30)


def answers(client: socket.socket) -> bool:
    client.sendall(GET)
    return client.recv(65_536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.exhaustive
@pytest.mark.skipif(
    not SYSTEM_BACKLOG.exists() or int(SYSTEM_BACKLOG.read_text()) < CONNECTS,
    reason="the system lets fewer connections wait",
)
def test_backlog_is_as_long_as_the_system_allows(serve: Serve) -> None:
    command = serve()
    with ExitStack() as stack:
        os.kill(command.process.pid, signal.SIGSTOP)
        stack.callback(os.kill, command.process.pid, signal.SIGCONT)
        clients = [stack.enter_context(connect_to(command)) for _ in range(CONNECTS)]
        os.kill(command.process.pid, signal.SIGCONT)

        assert all(answers(client) for client in clients)


def test_ended_connection_is_forgotten_before_the_next_one() -> None:
    listening = FailingSocket()
    listener = Listener(listening, serving_with([]))
    accepting = accept_in_thread(listener, "accepting")
    with socket.create_connection(listening.getsockname(), timeout=10) as client:
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    for thread in threading.enumerate():
        if thread.name.startswith(SERVER_NAME):
            thread.join(10)
    kept = dict(listener._threads)
    listener.wake()
    accepting.join()
    listener.cut(within_seconds=10)

    assert kept == {}


def test_threads_of_ended_connections_are_forgotten() -> None:
    listening = FailingSocket()
    listener = Listener(listening, serving_with([]))
    address = listening.getsockname()
    accepting = accept_in_thread(listener, "accepting")
    for _ in range(200):
        with socket.create_connection(address, timeout=10) as client:
            client.shutdown(socket.SHUT_WR)
            assert client.recv(1) == b""
    listener.wake()
    accepting.join()
    kept = len(listener._ending)
    listener.cut(within_seconds=10)

    assert kept < 50
