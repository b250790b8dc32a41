"""A pause of the app: the server waits, and a client with a shorter timeout does not."""

import math
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests

from fake_registry import Fault
from fake_registry.server import RegistryServer
from fake_registry.wsgi import PAUSES, Pause, close_pieces, pieces_for
from tests.support.effects import Wait
from tests.support.http import registry_of

Serve = Callable[..., RegistryServer]

LONG = Pause(math.inf)
SHORT = Pause(0.01)
SHORTER_THAN_LONG = (5, 0.05)
"""Timeouts of requests: to connect and to read."""
PATIENCE = 10.0
"""Seconds that a thread may take on a busy machine."""


class PausingAnswer:
    """An app whose answer is these items, with pauses before and after `start_response`."""

    def __init__(self, *items: bytes | Pause, before: Pause | None = None) -> None:
        self._items = items
        self._before = before
        self.pausing = threading.Event()
        self.started = threading.Event()
        self.closed = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert environ[PAUSES] is True
        return pieces_for(environ, self._answer(start_response))

    def _answer(self, start_response: StartResponse) -> Iterator[bytes | Pause]:
        try:
            if self._before is not None:
                self.pausing.set()
                yield self._before
            self.started.set()
            start_response("200 OK", [("Content-Length", str(self._size))])
            self.pausing.set()
            yield from self._items
        finally:
            self.closed.set()

    @property
    def _size(self) -> int:
        return sum(len(item) for item in self._items if isinstance(item, bytes))


def get(
    server: RegistryServer,
    method: str = "GET",
    *,
    timeout: tuple[float, float] = (PATIENCE, PATIENCE),
    stream: bool = False,
) -> requests.Response:
    return requests.request(method, f"{server.url}/", timeout=timeout, stream=stream)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_answer_is_sent_after_its_pauses(serve: Serve, method: str) -> None:
    app = PausingAnswer(b"one", SHORT, b"two", SHORT, before=SHORT)
    server = serve(app)

    found = get(server, method)

    assert (found.status_code, found.headers["Content-Length"]) == (200, "6")
    assert found.content == (b"onetwo" if method == "GET" else b"")


def test_client_with_a_shorter_timeout_gets_its_own_error(serve: Serve) -> None:
    server = serve(PausingAnswer(b"one", before=LONG))

    with pytest.raises(requests.exceptions.ReadTimeout):
        get(server, timeout=SHORTER_THAN_LONG)


def test_head_and_pieces_before_a_pause_are_sent(serve: Serve) -> None:
    head = get(serve(PausingAnswer(LONG, b"one")), stream=True)
    piece = get(serve(PausingAnswer(b"one", LONG, b"two")), stream=True)

    assert (head.status_code, piece.raw.read(3)) == (200, b"one")
    head.close()
    piece.close()


@pytest.mark.parametrize(
    "app",
    [PausingAnswer(b"one", before=LONG), PausingAnswer(b"one", LONG, b"two")],
    ids=["before the answer", "in its body"],
)
def test_stop_ends_a_pause(app: PausingAnswer) -> None:
    server = RegistryServer(app).start()

    with connect_to(server) as client:
        client.sendall(GET)
        assert app.pausing.wait(PATIENCE)
        server.stop()

    assert app.closed.wait(PATIENCE)
    assert server.take_failures() == ()


GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"

HOUR = Pause(3600)


def connect_to(server: RegistryServer) -> socket.socket:
    return socket.create_connection((server.host, server.port), timeout=PATIENCE)


def hang_up_in_pause(server: RegistryServer, app: PausingAnswer) -> None:
    with connect_to(server) as client:
        client.sendall(GET)
        assert app.pausing.wait(PATIENCE)
    assert app.closed.wait(PATIENCE)


@pytest.mark.parametrize(
    ("app", "started"),
    [
        (PausingAnswer(b"one", before=HOUR), True),
        (PausingAnswer(b"one", before=LONG), False),
        (PausingAnswer(HOUR, b"one"), True),
        (PausingAnswer(LONG, b"one"), True),
    ],
    ids=["before the answer", "endless before the answer", "in its body", "endless in its body"],
)
def test_client_that_hangs_up_ends_a_pause(
    serve: Serve,
    app: PausingAnswer,
    *,
    started: bool,
) -> None:
    """As in memory, the app completes its work, except for what follows an endless pause."""
    hang_up_in_pause(serve(app), app)

    assert app.started.is_set() is started


def test_request_of_a_client_that_hung_up_is_recorded(serve: Serve) -> None:
    registry = registry_of()
    registry.faults.add(Fault("base", Wait(3600)))
    pausing, recorded = threading.Event(), threading.Event()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        pieces = registry.wsgi_app(environ, start_response)
        try:
            for piece in pieces:
                pausing.set()
                yield piece
        finally:
            close_pieces(pieces)
            recorded.set()

    with connect_to(serve(app)) as client:
        client.sendall(b"GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
        assert pausing.wait(PATIENCE)

    assert recorded.wait(PATIENCE)
    assert [exchange.status for exchange in registry.requests] == [200]


def test_bug_after_a_client_has_hung_up_is_kept(serve: Serve) -> None:
    pausing, closed = threading.Event(), threading.Event()

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[bytes]:
        def items() -> Iterator[bytes | Pause]:
            try:
                pausing.set()
                yield HOUR
                raise KeyError("a bug")
            finally:
                closed.set()

        yield from pieces_for(environ, items())

    server = serve(app)
    with connect_to(server) as client:
        client.sendall(GET)
        assert pausing.wait(PATIENCE)
    assert closed.wait(PATIENCE)
    server.stop()

    assert [type(error) for error in server.take_failures()] == [KeyError]


def test_client_that_has_sent_more_is_still_answered(serve: Serve) -> None:
    """Unread bytes make a connection readable: it is not the end of the connection."""
    server = serve(PausingAnswer(b"one", SHORT, b"two", before=SHORT))

    with connect_to(server) as client:
        client.sendall(GET + b"x" * 70_000)
        with client.makefile("rb") as answer:
            lines = list(iter(answer.readline, b"\r\n"))
            body = answer.read(6)

    assert (lines[0], body) == (b"HTTP/1.1 200 OK\r\n", b"onetwo")
