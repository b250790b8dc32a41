"""A request as it arrived, not yet parsed, and its body."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qsl

from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.exceptions import BadRequest, ClientDisconnected
from werkzeug.wsgi import get_input_stream

from fake_registry.spec.errors import RegistryError, SizeInvalid

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

PIECE_BYTES = 1024 * 1024
"""The size of the pieces in which bodies are read: a layer of gigabytes may come in one request."""


def parse_fields(text: str) -> ImmutableMultiDict[str, str]:
    """Return the fields of a query or a form, empty ones as well."""
    return ImmutableMultiDict(parse_qsl(text, keep_blank_values=True))


class Request(NamedTuple):
    """The request line, and the environ with the rest. Werkzeug's `Request` costs more."""

    environ: "WSGIEnvironment"
    method: str
    scheme: str
    host: str
    """The Host header: the name by which the client knows the registry, also in challenges."""
    path: str
    """Percent-decoded. Bytes that are not UTF-8 become U+FFFD, which is in no name."""
    query: str
    """Not decoded."""

    def header(self, name: str) -> str | None:
        """Return a header by its name in any case; the server joins lines of one name."""
        value: str | None = self.environ.get(_key_of(name))
        return value


def request_of(environ: "WSGIEnvironment") -> Request:
    """Return the request in a WSGI environ (PEP 3333)."""
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


class RequestBody:
    """A request's body: an iterator of pieces that counts the bytes it has yielded.

    It raises SizeInvalid if the peer hangs up before the announced length, or breaks the chunked
    coding.
    """

    __slots__ = ("_pieces", "length", "received")

    def __init__(self, pieces: Iterator[bytes], *, length: int | None) -> None:
        self._pieces = pieces
        self.length = length
        """The announced length in bytes, None where the body is sent in chunks."""
        self.received = 0
        """The bytes that were read so far."""

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self.received += len(piece)
        return piece

    def read(self, limit: int, *, too_long: type[RegistryError]) -> bytes:
        """Return the whole body. A body of more than `limit` bytes raises `too_long`, unread if its
        length was announced."""
        content = bytearray()
        fits = (self.length or 0) <= limit

        if fits:
            for piece in self:
                content += piece
                if len(content) > limit:
                    break
            else:
                return bytes(content)

        raise too_long(f"expected at most {limit} bytes", limit=limit)

    def alter(self, change: Callable[[Iterable[bytes]], Iterator[bytes]]) -> "RequestBody":
        """Return a body with the pieces that `change` yields. This one counts those it reads."""
        return RequestBody(change(self), length=self.length)

    def drain(self) -> None:
        """Read the rest and discard it."""
        if self.length != 0:
            for _ in self:
                pass


def body_of(request: Request) -> RequestBody:
    """Return the body of a request, not yet read."""
    environ = request.environ
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        return RequestBody(_read(environ, None), length=None)

    text = environ.get("CONTENT_LENGTH") or "0"
    if not _LENGTH.fullmatch(text):
        return RequestBody(_refuse_length(), length=None)
    return RequestBody(_read(environ, int(text)), length=int(text))


_LENGTH = re.compile(r"[0-9]{1,1000}", re.ASCII)


def _refuse_length() -> Iterator[bytes]:
    raise SizeInvalid("expected Content-Length to be a number of bytes")
    yield b""  # a generator, so that it raises when it is read


def _read(environ: "WSGIEnvironment", length: int | None) -> Iterator[bytes]:
    received = 0

    try:
        # werkzeug's wrapper for servers that do not end the input costs more than a small body
        terminated = environ.get("wsgi.input_terminated")
        stream = environ["wsgi.input"] if terminated else get_input_stream(environ)

        while length is None or received < length:
            size = PIECE_BYTES if length is None else min(PIECE_BYTES, length - received)
            piece = stream.read(size)
            if not piece:
                break
            received += len(piece)
            yield piece
    except ClientDisconnected:
        reason = "the body broke off"
    except BadRequest as error:  # our server's: the chunked coding is broken
        reason = error.description or "the body is malformed"
    else:
        if length in (None, received):
            return
        reason = "the body broke off"

    raise SizeInvalid(reason, expected=length, found=received)
