"""A request as it came, before anybody has understood it; and its body."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import get_input_stream

from fake_registry.spec.errors import RegistryError, SizeInvalid

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

PIECE_BYTES = 1024 * 1024
"""How much of a body is read at a time: a client may push a layer of gigabytes in one request."""


class Request(NamedTuple):
    """The request line and the way to the rest. Werkzeug's `Request` costs more than what most requests ask for."""

    environ: "WSGIEnvironment"
    method: str
    scheme: str
    host: str
    """The Host header: who the client believes it talks to, and what challenges and tokens are about."""
    path: str
    """Percent-decoded; what is not UTF-8 in it becomes U+FFFD, which no name has."""
    query: str
    """As it came."""

    def header(self, name: str) -> str | None:
        """Return a header by its name in any case; lines of one name are joined by the server."""
        value: str | None = self.environ.get(_key_of(name))
        return value


def request_of(environ: "WSGIEnvironment") -> Request:
    """Return the request that a WSGI server or transport hands over (PEP 3333)."""
    return Request(
        environ,
        environ["REQUEST_METHOD"],
        environ["wsgi.url_scheme"],
        environ.get("HTTP_HOST") or f"{environ['SERVER_NAME']}:{environ['SERVER_PORT']}",
        # PEP 3333 has the path's bytes in a str, as Latin-1
        environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        environ.get("QUERY_STRING", ""),
    )


@lru_cache(maxsize=64)
def _key_of(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


class Body:
    """A request's body: an iterator of pieces that counts what it has handed out.

    It ends with SizeInvalid if the peer hangs up before the announced length.
    """

    def __init__(self, pieces: Iterator[bytes], *, length: int | None) -> None:
        self._pieces = pieces
        self.length = length
        """The announced length in bytes, None where the body is sent in chunks."""
        self.received = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self.received += len(piece)
        return piece

    def read(self, limit: int, *, too_long: type[RegistryError]) -> bytes:
        """Return the whole body, at most `limit` bytes; a longer one raises `too_long`, unread if it was announced."""
        content = bytearray()
        if (self.length or 0) <= limit:
            for piece in self:
                content += piece
                if len(content) > limit:
                    break
            else:
                return bytes(content)
        raise too_long(f"expected at most {limit} bytes", limit=limit)

    def altered(self, alter: Callable[[Iterable[bytes]], Iterator[bytes]]) -> "Body":
        """Return a body whose pieces went through `alter` on the way. This one counts them as they came."""
        return Body(alter(self), length=self.length)

    def drain(self) -> None:
        """Read the rest and forget it."""
        for _ in self:
            pass


def body_of(request: Request) -> Body:
    """Return the body of a request, not yet read."""
    environ = request.environ
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return Body(_read(environ, None), length=None)
    text = environ.get("CONTENT_LENGTH") or "0"
    if not _LENGTH.fullmatch(text):
        return Body(_refuse_length(), length=None)
    return Body(_read(environ, int(text)), length=int(text))


_LENGTH = re.compile(r"[0-9]{1,1000}", re.ASCII)


def _refuse_length() -> Iterator[bytes]:
    raise SizeInvalid("expected Content-Length to be a number of bytes")
    yield b""  # makes it an iterator, that raises when it is read


def _read(environ: "WSGIEnvironment", length: int | None) -> Iterator[bytes]:
    received = 0
    try:
        # werkzeug's way around servers that do not end the input themselves costs more than a small body
        stream = environ["wsgi.input"] if environ.get("wsgi.input_terminated") else get_input_stream(environ)
        while length is None or received < length:
            piece = stream.read(PIECE_BYTES if length is None else min(PIECE_BYTES, length - received))
            if not piece:
                break
            received += len(piece)
            yield piece
    except ClientDisconnected:
        pass
    else:
        if length in (None, received):
            return
    raise SizeInvalid("the body broke off", expected=length, found=received)
