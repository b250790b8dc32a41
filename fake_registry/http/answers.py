"""What handlers answer with: frozen values that are WSGI responses, in these very headers and no others.

Werkzeug's `Response` looks for a length to add, rewrites locations and costs more than most handlers; a fault wants a
value that it can change.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import TYPE_CHECKING

from werkzeug.wsgi import ClosingIterator

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

Headers = tuple[tuple[str, str], ...]

_PHRASES = {status.value: status.phrase for status in HTTPStatus}


def reason_phrase(status: int) -> str:
    """Return the words that go with a status."""
    return _PHRASES.get(status, "Unknown")


def _nothing() -> None:
    """There is nothing to close."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, header lines in their order, and the body in pieces. Whoever does not send it closes it."""

    status: int
    headers: Headers = ()
    body: Iterable[bytes] = ()
    close: Callable[[], None] = _nothing

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        start_response(f"{self.status} {reason_phrase(self.status)}", list(self.headers))
        if environ["REQUEST_METHOD"] == "HEAD" or self.status in (204, 304):
            self.close()
            return ()
        return self.body if self.close is _nothing else ClosingIterator(self.body, self.close)

    def header(self, name: str) -> str | None:
        """Return the first header of this name, in the case that handlers write it in."""
        return next((value for key, value in self.headers if key == name), None)

    def adding(self, *headers: tuple[str, str]) -> "Answer":
        """Return the answer with further header lines."""
        return Answer(self.status, self.headers + headers, self.body, self.close)


def empty(status: int, headers: Mapping[str, str]) -> Answer:
    """Answer without a body. 204 has no Content-Length, and that of a 304 would be the body's (RFC 9110 §8.6)."""
    length = () if status in (204, 304) else (("Content-Length", "0"),)
    return Answer(status, (*headers.items(), *length))


def whole(content: bytes, content_type: str, headers: Mapping[str, str] | None = None, *, status: int = 200) -> Answer:
    """Answer with a body that is there. An empty type is none."""
    kind = (("Content-Type", content_type),) if content_type else ()
    length = ("Content-Length", str(len(content)))
    return Answer(status, (*kind, *(headers or {}).items(), length), (content,))


def json_answer(content: bytes, headers: Mapping[str, str] | None = None, *, status: int = 200) -> Answer:
    """Answer with a JSON document."""
    return whole(content, "application/json; charset=utf-8", headers, status=status)


def redirect(url: str, headers: Mapping[str, str] | None = None, *, status: int) -> Answer:
    """Answer that it is elsewhere, with the body of Go's redirect helper."""
    body = f'<a href="{escape(url)}">{reason_phrase(status)}</a>.\n\n'.encode()
    return whole(body, "text/html; charset=utf-8", {**(headers or {}), "Location": url}, status=status)


def described(size: int | None, content_type: str, headers: Mapping[str, str]) -> Answer:
    """Answer a HEAD: what a GET would say of a body of `size` bytes."""
    return Answer(200, (("Content-Type", content_type), *headers.items(), ("Content-Length", str(size))))


def streamed(
    pieces: Iterable[bytes],
    size: int,
    content_type: str,
    headers: Mapping[str, str],
    *,
    status: int = 200,
    close: Callable[[], None] = _nothing,
) -> Answer:
    """Answer with a body of `size` bytes that comes in pieces; `close` is called when they are done with."""
    lines = (("Content-Type", content_type), *headers.items(), ("Content-Length", str(size)))
    return Answer(status, lines, pieces, close)
