"""HTTP/1.1 requests off the wire, heads and bodies (RFC 9112), into WSGI's terms (PEP 3333).

Strict: what the grammar does not allow is refused, never guessed at. Neither a connection's life (`connections`) nor
what a request means (`http`) is known here. The standard library's `http.server` does not serve: it reads header
fields with the e-mail parser, which takes longer than all the rest of a small request, and merges the slashes that
`//docker/registry/...` starts with.
"""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from werkzeug.exceptions import (
    BadRequest,
    ClientDisconnected,
    HTTPVersionNotSupported,
    RequestHeaderFieldsTooLarge,
    RequestURITooLarge,
)
from werkzeug.exceptions import NotImplemented as NotSupported

MAX_LINE_BYTES = 65_536
"""The longest request line and header line; this and the next are the bounds of Python's own `http.client`."""

MAX_FIELDS = 100
"""The most header fields of a request, and of its trailer."""

MAX_CHUNK_LINE_BYTES = 1_024
"""The longest chunk size or trailer line; extensions and trailers, which no registry client sends, are skipped."""

PIECE_BYTES = 1 << 20
"""A body is read and forgotten, or read whole, in pieces of this size: at 32 KiB it is a third slower."""

_TLS_HANDSHAKE = 0x16
"""RFC 8446 §5.1: the first byte of a client that speaks TLS."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_REQUEST_LINE = re.compile(rf"({_TOKEN.pattern}) ([^\x00-\x20\x7f]+) HTTP/([0-9])\.([0-9])")
_ABSOLUTE_TARGET = re.compile(r"(?i:https?)://([^/?#]+)(.*)")
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[^\r\n]*)?\r\n")


class MalformedBody(BadRequest):
    """The chunked coding of a request's body is broken; nothing after it on the connection can be trusted."""


@dataclass(frozen=True, slots=True)
class RequestHead:
    """A request line and its header fields, checked."""

    method: str
    target: str
    """As it was sent: in origin-form, absolute-form or `*`."""
    version: str
    """`HTTP/1.1` or `HTTP/1.0`."""
    variables: dict[str, str]
    """What WSGI calls the target and the fields: PATH_INFO, QUERY_STRING, CONTENT_TYPE, HTTP_HOST, ..."""
    body_bytes: int | None
    """The length of the body; None: it is chunked."""
    keep_alive: bool
    expects_continue: bool


def read_head(source: io.BufferedReader) -> RequestHead | None:
    """Read one request's head; None when the peer hung up between two requests.

    Raises the werkzeug HTTPException that answers a head that is malformed, too long or not supported.
    """
    first = source.peek(1)
    if not first:
        return None
    if first[0] == _TLS_HANDSHAKE:
        raise BadRequest("a TLS handshake came to a plain http port")
    # An empty line before the request line is forgiven: RFC 9112 §2.2
    line = _read_line(source, RequestURITooLarge) or _read_line(source, RequestURITooLarge)
    request_line = _REQUEST_LINE.fullmatch(line)
    if request_line is None:
        raise BadRequest("the request line is not METHOD TARGET HTTP/1.1")
    method, target, major, minor = request_line.groups()
    if major != "1":
        raise HTTPVersionNotSupported(f"HTTP/1.1 is spoken here, not HTTP/{major}.{minor}")
    version = "HTTP/1.0" if minor == "0" else "HTTP/1.1"
    authority, variables = _read_target(target)
    variables |= _read_fields(source)
    if version == "HTTP/1.1" and "HTTP_HOST" not in variables:
        raise BadRequest("an HTTP/1.1 request has a Host header (RFC 9112 §3.2)")
    if authority is not None:
        variables["HTTP_HOST"] = authority  # RFC 9112 §3.2.2: the Host header is ignored
    connection = {option.strip().lower() for option in variables.get("HTTP_CONNECTION", "").split(",")}
    return RequestHead(
        method,
        target,
        version,
        variables,
        body_bytes=_body_bytes(version, variables),
        keep_alive=version == "HTTP/1.1" and "close" not in connection,
        # RFC 9110 §10.1.1: the expectation of an HTTP/1.0 client is ignored
        expects_continue=version == "HTTP/1.1" and variables.get("HTTP_EXPECT", "").lower() == "100-continue",
    )


def _read_line(source: io.BufferedReader, too_long: type[RequestURITooLarge | RequestHeaderFieldsTooLarge]) -> str:
    line = source.readline(MAX_LINE_BYTES + 2)
    if line.endswith(b"\r\n"):
        return line[:-2].decode("latin-1")
    if len(line) > MAX_LINE_BYTES:
        raise too_long(f"a line is longer than {MAX_LINE_BYTES} bytes")
    if not line.endswith(b"\n"):
        raise ClientDisconnected("the peer hung up in the head of a request")
    raise BadRequest("a line of the head ends in LF without CR")


def _read_target(target: str) -> tuple[str | None, dict[str, str]]:
    """Return the authority of an absolute-form target, and the variables of any target."""
    authority, rest = None, target
    if absolute := _ABSOLUTE_TARGET.fullmatch(target):
        authority, rest = absolute.groups()
        rest = rest if rest.startswith("/") else f"/{rest}"
    elif not target.startswith("/") and target != "*":
        raise BadRequest("the request target is neither a path nor an http URL")
    path, _, query = rest.partition("?")
    if "%" in path:
        path = unquote_to_bytes(path.encode("latin-1")).decode("latin-1")  # bytes as latin-1: PEP 3333, Unicode Issues
    return authority, {"PATH_INFO": path, "QUERY_STRING": query, "REQUEST_URI": target, "RAW_URI": target}


def _read_fields(source: io.BufferedReader) -> dict[str, str]:
    variables: dict[str, str] = {}
    for _ in range(MAX_FIELDS + 1):
        line = _read_line(source, RequestHeaderFieldsTooLarge)
        if not line:
            return variables
        name, colon, value = line.partition(":")
        variable = _variable_of(name)
        if variable is None or not colon or _CONTROL.search(value):
            raise BadRequest("a header line is not NAME: VALUE")
        if not variable:
            continue
        value = value.strip(" \t")
        if variable in variables:
            if variable == "HTTP_HOST":
                raise BadRequest("a request has one Host header (RFC 9112 §3.2)")
            value = f"{variables[variable]},{value}"
        variables[variable] = value
    raise RequestHeaderFieldsTooLarge(f"there are more than {MAX_FIELDS} header fields")


@lru_cache(maxsize=512)  # clients send the same few names over and over
def _variable_of(name: str) -> str | None:
    """Return what WSGI calls a header: empty for one to be left out, None for what is no name. That is also a folded
    line and a space before the colon, as RFC 9112 §5.1 and §5.2 want it."""
    if not _TOKEN.fullmatch(name):
        return None
    if "_" in name:
        return ""  # else `Content_Length` could pass for `Content-Length`
    variable = name.upper().replace("-", "_")
    return variable if variable in ("CONTENT_LENGTH", "CONTENT_TYPE") else f"HTTP_{variable}"


def _body_bytes(version: str, variables: dict[str, str]) -> int | None:
    """RFC 9112 §6: how long the body is, or None for a chunked one."""
    coding, length = variables.get("HTTP_TRANSFER_ENCODING"), variables.get("CONTENT_LENGTH")
    if coding is None:
        if length is None:
            return 0
        if not re.fullmatch("[0-9]{1,18}", length):
            raise BadRequest("Content-Length is not one decimal number")
        return int(length)
    if length is not None:
        raise BadRequest("a request has Transfer-Encoding or Content-Length, not both")
    if version == "HTTP/1.0":
        raise BadRequest("HTTP/1.0 has no Transfer-Encoding")
    if coding.lower() != "chunked":
        raise NotSupported("the only transfer coding known here is chunked")
    return None


class InputStream(io.RawIOBase):
    """A request's body as `wsgi.input`: it ends where the body ends, be it of known length or chunked.

    `read(n)` gives n bytes, fewer only at the end. It raises `ClientDisconnected` when the peer hangs up before the
    end, so that a truncated body cannot pass for a whole one, and `MalformedBody` for a broken chunked coding.
    """

    def __init__(
        self, source: io.BufferedReader, length: int | None, *, invite: Callable[[], None] | None = None
    ) -> None:
        """`invite` is called before the first read: for the client that waits for a 100 (Continue)."""
        self._source = source
        self._chunked = length is None
        self._left = length or 0  # of the chunk at hand; a body of known length is one chunk
        self._invite = invite
        self._broken: BadRequest | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(PIECE_BYTES), b""))
        pieces = []
        while size and self._find_bytes():
            piece = self._receive(min(size, self._left))
            self._left -= len(piece)
            size -= len(piece)
            pieces.append(piece)
            if self._chunked and not self._left and self._receive(2) != b"\r\n":
                raise self._break(MalformedBody("a chunk does not end where its size says"))
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]  # any buffer, as its users do
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    @property
    def finished(self) -> bool:
        """Whether the next byte on the connection belongs to the next request."""
        return not self._left and not self._chunked

    def drainable(self, most: int) -> bool:
        """Whether `drain(most)` may succeed. Not where the client still waits for its 100 (Continue): it may send the
        body or the next request, and nobody can tell them apart (RFC 9110 §10.1.1)."""
        return self.finished or (self._broken is None and self._invite is None and self._left <= most)

    def drain(self, most: int) -> bool:
        """Read and forget what nobody asked for; False when it did not end within `most` bytes or not well."""
        if not self.drainable(most):
            return False
        try:
            while most > 0 and (piece := self.read(min(PIECE_BYTES, most))):
                most -= len(piece)
        except (ClientDisconnected, MalformedBody):
            return False
        return self.finished

    def _find_bytes(self) -> bool:
        """Open the next chunk where one is due; False at the end of the body."""
        if self._broken is not None:
            raise self._broken
        if self._invite is not None and not self.finished:
            invite, self._invite = self._invite, None
            invite()
        if self._chunked and not self._left:
            size = _CHUNK_LINE.fullmatch(self._read_chunk_line())
            if size is None:
                raise self._break(MalformedBody("a chunk does not start with its size in hexadecimal"))
            self._left = int(size[1], 16)
            if not self._left:
                self._skip_trailer()
                self._chunked = False
        return self._left > 0

    def _read_chunk_line(self) -> bytes:
        try:
            line = self._source.readline(MAX_CHUNK_LINE_BYTES)
        except OSError as error:
            raise self._break(_hung_up()) from error
        if line.endswith(b"\n"):
            return line
        if len(line) < MAX_CHUNK_LINE_BYTES:
            raise self._break(_hung_up())
        raise self._break(MalformedBody(f"a line of the chunked coding is longer than {MAX_CHUNK_LINE_BYTES} bytes"))

    def _skip_trailer(self) -> None:
        for _ in range(MAX_FIELDS + 1):
            if self._read_chunk_line() == b"\r\n":
                return
        raise self._break(MalformedBody(f"the trailer has more than {MAX_FIELDS} fields"))

    def _receive(self, size: int) -> bytes:
        try:
            piece = self._source.read(size)
        except OSError as error:
            raise self._break(_hung_up()) from error
        if len(piece) < size:
            raise self._break(_hung_up())
        return piece

    def _break(self, error: BadRequest) -> BadRequest:
        self._broken = error
        return error


def _hung_up() -> ClientDisconnected:
    return ClientDisconnected("the peer hung up in the body of a request")
