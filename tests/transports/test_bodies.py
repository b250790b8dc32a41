"""Bodies: readers of a request's, and the end of a response's."""

import io
from collections.abc import Callable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import pytest

from fake_registry.wsgi import ConnectionDropped
from pytest_acr.transports.bodies import (
    BodyBrokeOff,
    Reader,
    ResponseBody,
    remaining_bytes_of,
    take_from,
)
from pytest_acr.transports.wsgi_call import WsgiResponse
from tests.support.garbage import garbage_collected
from tests.transports.calls import send_to
from tests.transports.wsgi_apps import Scripted


def response_of(app: Scripted, method: str = "GET") -> WsgiResponse:
    return send_to(app, method)


def test_piece_that_fits_is_not_copied() -> None:
    piece = b"x" * 100
    assert take_from(iter([piece]))(100) is piece


def test_reader_fills_a_buffer() -> None:
    assert io.BufferedReader(Reader(io.BytesIO(b"one\ntwo").read)).readlines() == [b"one\n", b"two"]


def test_stream_that_cannot_seek_has_no_length() -> None:
    class Pipe(io.BytesIO):
        def seek(self, offset: int, whence: int = 0, /) -> int:
            raise io.UnsupportedOperation("a pipe")

    assert remaining_bytes_of(Pipe(b"abc")) is None


@pytest.mark.parametrize(
    "chunks",
    [[b"ab", b"", b"cde"], [b"abcde", b"more"], [b"abcdefgh"]],
    ids=["exact", "extra", "long"],
)
def test_body_ends_at_content_length(chunks: list[bytes]) -> None:
    app = Scripted(chunks, headers=[("content-length", "5")])
    assert (b"".join(response_of(app).body), app.closed) == (b"abcde", 1)


def test_application_is_stopped_at_its_content_length() -> None:
    app = Scripted([b"abc", b"more", b"and more"], headers=[("Content-Length", "3")])
    assert (b"".join(response_of(app).body), app.yielded, app.closed) == (b"abc", 2, 1)


def in_memory(*pieces: bytes, length: int | None, written: bytes = b"") -> WSGIApplication:
    """Return an application whose response is a tuple, after what it writes."""
    headers = [] if length is None else [("Content-Length", str(length))]

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> tuple[bytes, ...]:
        write = start_response("200 OK", headers)
        if written:
            write(written)
        return pieces

    return app


@pytest.mark.parametrize("length", [None, 5])
@pytest.mark.parametrize(
    ("pieces", "written"),
    [((b"abcde",), b""), ((b"ab", b"cde"), b""), ((b"", b"abcde"), b""), ((b"cde",), b"ab")],
)
def test_response_in_memory_is_read_whole(pieces: tuple[bytes, ...], written: bytes, length: int | None) -> None:
    response = send_to(in_memory(*pieces, length=length, written=written))
    assert b"".join(response.body) == b"abcde"


@pytest.mark.parametrize(
    ("piece", "written"),
    [(b"abcdefgh", b""), (b"cdefgh", b"ab"), (b"abcde", b"abcde")],
)
def test_response_in_memory_ends_at_content_length(piece: bytes, written: bytes) -> None:
    response = send_to(in_memory(piece, length=5, written=written))
    assert b"".join(response.body) == b"abcde"


@pytest.mark.parametrize("pieces", [(), (b"abc",)])
def test_response_in_memory_that_is_too_short_breaks_off(pieces: tuple[bytes, ...]) -> None:
    body = send_to(in_memory(*pieces, length=5)).body
    with pytest.raises(BodyBrokeOff, match=f"{5 - len(b''.join(pieces))} more expected"):
        list(body)


@pytest.mark.parametrize("error", [None, ConnectionDropped()], ids=["ends", "dropped"])
def test_body_shorter_than_content_length_breaks_off(error: ConnectionDropped | None) -> None:
    app = Scripted([b"abc"], headers=[("Content-Length", "5")], error=error)
    body = response_of(app).body
    assert next(body) == b"abc"
    with pytest.raises(BodyBrokeOff, match=r"IncompleteRead\(3 bytes read, 2 more expected\)"):
        next(body)
    assert (list(body), app.closed) == ([], 1)


def test_chunked_body_breaks_off_without_a_number() -> None:
    app = Scripted([b"abc"], error=ConnectionDropped())
    with pytest.raises(BodyBrokeOff, match="no end of the chunked body"):
        b"".join(response_of(app).body)
    assert app.closed == 1


def test_drop_after_the_last_byte_is_ignored() -> None:
    app = Scripted([b"abc"], headers=[("Content-Length", "3")], error=ConnectionDropped())
    assert (b"".join(response_of(app).body), app.closed) == (b"abc", 1)


@pytest.mark.parametrize(
    ("method", "status"),
    [("HEAD", "200 OK"), ("GET", "204 No Content"), ("GET", "304 Not Modified")],
)
def test_response_without_a_body_is_closed_unread(method: str, status: str) -> None:
    app = Scripted([b"abc"], status, [("Content-Length", "3")])
    response = response_of(app, method)
    assert (list(response.body), app.yielded, app.closed) == ([], 0, 1)


@pytest.mark.parametrize("status", ["307 Temporary Redirect", "404 Not Found", "500 Internal Server Error"])
def test_error_or_redirect_leaves_nothing_open(status: str) -> None:
    app = Scripted([b"abc", b"de"], status)
    response = response_of(app)
    assert (app.yielded, app.closed, list(response.body)) == (2, 1, [b"abc", b"de"])


def test_error_whose_body_breaks_off_fails_when_it_is_read() -> None:
    app = Scripted([b"abc"], "500 Internal Server Error", error=ConnectionDropped())
    body = response_of(app).body
    assert (next(body), app.closed) == (b"abc", 1)
    with pytest.raises(BodyBrokeOff):
        next(body)


def read(body: ResponseBody) -> None:
    list(body)


def close_twice(body: ResponseBody) -> None:
    body.close()
    body.close()


def read_a_piece_and_close(body: ResponseBody) -> None:
    next(body)
    body.close()
    assert list(body) == []


def abandon(body: ResponseBody) -> None:
    next(body)


@pytest.mark.parametrize("how", [read, close_twice, read_a_piece_and_close, abandon])
def test_iterable_is_closed_exactly_once(how: Callable[[ResponseBody], None]) -> None:
    app = Scripted([b"abc", b"de"])
    with garbage_collected():
        how(response_of(app).body)
    assert app.closed == 1


def test_error_of_the_application_passes_unchanged_and_closes() -> None:
    bug = KeyError("a bug")
    app = Scripted([b"abc"], error=bug)
    with pytest.raises(KeyError) as caught:
        list(response_of(app).body)
    assert (caught.value, app.closed, caught.traceback[-1].name) == (bug, 1, "__next__")
