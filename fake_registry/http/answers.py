"""Answers as frozen values that are WSGI responses, with just the headers that they were given.

Werkzeug's `Response` adds a length, rewrites locations and costs more than most handlers. An effect
of a fault needs a value that it can change.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Final, TypeVar

from fake_registry.wire.statuses import reason_phrase
from fake_registry.wsgi import Pause, close_pieces, pieces_for

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

Headers = tuple[tuple[str, str], ...]

Pieces = Iterable[bytes | Pause]
"""A response's body."""

Piece = TypeVar("Piece", bytes, bytes | Pause)
"""An item of a body: of a request's, or of a response's, which has pauses too."""

JSON: Final = "application/json; charset=utf-8"


def _nothing() -> None:
    """For answers that have nothing to close."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, header lines in their order, and body. One that is not sent must be closed."""

    status: int
    headers: Headers = ()
    body: Pieces = ()
    close: Callable[[], None] = _nothing

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        return pieces_for(environ, self.start(environ, start_response))

    def start(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Pieces:
        """Start the response and return its body, pauses included.

        Closes the answer if the response cannot be started.
        """
        try:
            start_response(f"{self.status} {reason_phrase(self.status)}", list(self.headers))
        except BaseException:
            self.close()
            raise

        if environ["REQUEST_METHOD"] == "HEAD" or self.status in (204, 304):
            self.close()
            return ()
        return self.body if self.close is _nothing else ClosingPieces(self.body, self.close)

    def header(self, name: str) -> str | None:
        """Return the first header of this name, in any case."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)

    @property
    def redirect_url(self) -> str | None:
        """Where a redirect leads; None for any other answer."""
        return self.header("Location") if self.status in (301, 302, 303, 307, 308) else None

    def adding(self, *headers: tuple[str, str]) -> "Answer":
        """Return the answer with further header lines."""
        return Answer(self.status, self.headers + headers, self.body, self.close)

    def without(self, *names: str) -> "Answer":
        """Return the answer without the headers of these names, in any case."""
        dropped = {name.lower() for name in names}
        kept = tuple([header for header in self.headers if header[0].lower() not in dropped])
        return replace(self, headers=kept)

    def setting(self, name: str, value: str) -> "Answer":
        """Return the answer with one header of this name, at the place of its first, or at the end."""
        names = [one.lower() for one, _ in self.headers]
        place = [*names, name.lower()].index(name.lower())
        kept = self.without(name).headers
        return replace(self, headers=(*kept[:place], (name, value), *kept[place:]))

    def alter(self, change: Callable[[Pieces], Iterator[bytes | Pause]]) -> "Answer":
        """Return the answer with the pieces that `change` yields; it announces the same length."""
        return replace(self, body=change(self.body))

    def cut(self, size: int) -> "Answer":
        """Return the answer with the first `size` bytes of its body; it announces the same length."""
        return self.alter(partial(_first_bytes, size=size))


def _first_bytes(pieces: Pieces, size: int) -> Iterator[bytes | Pause]:
    left = size

    for piece in pieces:
        if isinstance(piece, Pause):
            yield piece
            continue
        if left <= 0:
            return
        yield piece[:left]
        left -= len(piece)


class ClosingPieces:
    """Pieces of a response that call `close` when they are closed."""

    def __init__(self, pieces: Pieces, close: Callable[[], None]) -> None:
        self._pieces = pieces
        self._close = close

    def __iter__(self) -> Iterator[bytes | Pause]:
        return iter(self._pieces)

    def close(self) -> None:
        """Close the pieces if they can be closed, then call `close`."""
        try:
            close_pieces(self._pieces)
        finally:
            self._close()


def empty(status: int, headers: Mapping[str, str]) -> Answer:
    """Return an answer without a body.

    A 204 has no Content-Length, and that of a 304 would be the body's (RFC 9110 §8.6).
    """
    length = () if status in (204, 304) else (("Content-Length", "0"),)
    return Answer(status, (*headers.items(), *length))


def whole(
    content: bytes,
    content_type: str,
    headers: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Answer:
    """Return an answer with an in-memory body. An empty `content_type` sends no Content-Type."""
    kind = (("Content-Type", content_type),) if content_type else ()
    length = ("Content-Length", str(len(content)))
    return Answer(status, (*kind, *(headers or {}).items(), length), (content,))


def json_answer(
    content: bytes,
    headers: Mapping[str, str] | None = None,
    *,
    status: int = 200,
) -> Answer:
    """Return an answer with a JSON document."""
    return whole(content, JSON, headers, status=status)


def redirect(url: str, headers: Mapping[str, str] | None = None, *, status: int) -> Answer:
    """Return a redirect to `url`, with the body that Go's redirect helper writes."""
    body = f'<a href="{escape(url)}">{reason_phrase(status)}</a>.\n\n'.encode()
    location = {**(headers or {}), "Location": url}
    return whole(body, "text/html; charset=utf-8", location, status=status)


def head_answer(size: int, content_type: str, headers: Mapping[str, str]) -> Answer:
    """Return the answer to a HEAD: the headers that a GET of a body of `size` bytes would have."""
    length = ("Content-Length", str(size))
    return Answer(200, (("Content-Type", content_type), *headers.items(), length))


def stream_answer(
    pieces: Iterable[bytes],
    size: int,
    content_type: str,
    headers: Mapping[str, str],
    *,
    status: int = 200,
    close: Callable[[], None] = _nothing,
) -> Answer:
    """Return an answer with a body of `size` bytes in pieces. Closing it calls `close`."""
    length = ("Content-Length", str(size))
    lines = (("Content-Type", content_type), *headers.items(), length)
    return Answer(status, lines, pieces, close)
