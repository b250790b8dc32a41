"""A pause of the app: the server waits, and a client with a shorter timeout does not."""

import math
import threading
from collections.abc import Callable, Iterable, Iterator
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
import requests

from fake_registry.server import RegistryServer
from fake_registry.wsgi import PAUSES, Pause, pieces_for

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
        self.closed = threading.Event()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        assert environ[PAUSES] is True
        return pieces_for(environ, self._answer(start_response))

    def _answer(self, start_response: StartResponse) -> Iterator[bytes | Pause]:
        try:
            if self._before is not None:
                yield self._before
            start_response("200 OK", [("Content-Length", str(self._size))])
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
    with pytest.raises(requests.exceptions.RequestException, match="timed out"):
        get(server, timeout=SHORTER_THAN_LONG)

    server.stop()

    assert app.closed.wait(PATIENCE)
    assert server.take_failures() == ()
