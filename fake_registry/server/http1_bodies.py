"""The bodies of HTTP/1.1 requests (RFC 9112) as streams for WSGI (PEP 3333)."""

import io
import re
from collections.abc import Callable

from werkzeug.exceptions import BadRequest, ClientDisconnected

from fake_registry.server.http1_fields import split_field

MAX_CHUNK_LINE_BYTES = 1_024
"""The longest chunk size or trailer line. Extensions and trailers are skipped."""

MAX_SKIPPED_BYTES = 65_536
"""The most bytes of one body's chunk extensions and trailer together."""

PIECE_BYTES = 1 << 20
"""The size of the pieces in which a body is discarded or read whole; 32 KiB is a third slower."""

MAX_TRAILER_FIELDS = 100
"""The most fields of a trailer, as of a request's head."""

_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})([ \t]*(?:;[^\x00-\x08\x0a-\x1f\x7f]*)?)\r\n")
"""A chunk's size and extensions (RFC 9112 §7.1)."""


class MalformedBody(BadRequest):
    """The chunked coding of a request's body is broken, and so is the connection after it."""


class InputStream(io.RawIOBase):
    """A request's body as `wsgi.input`: it ends where the body ends, chunked or of known length.

    `read(n)` returns n bytes, fewer only at the end. It raises `ClientDisconnected` when the peer
    hangs up before the end, so that a truncated body cannot pass for a whole one, and
    `MalformedBody` for a broken chunked coding.
    """

    def __init__(
        self,
        source: io.BufferedReader,
        length: int | None,
        *,
        invite: Callable[[], None] | None = None,
    ) -> None:
        """`invite` is called before the first read, for clients that wait for 100 (Continue)."""
        self._source = source
        self._chunked = length is None
        self._left = length or 0  # of the chunk at hand; a body of known length is one chunk
        self._skippable = MAX_SKIPPED_BYTES
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

    # any buffer that can be written to, which the base class has no type for
    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    @property
    def finished(self) -> bool:
        """Whether the next byte on the connection belongs to the next request."""
        return not self._left and not self._chunked

    def drainable(self, most: int) -> bool:
        """Whether `drain(most)` may succeed.

        It cannot while the client waits for its 100 (Continue): the next bytes may be the body or
        the next request (RFC 9110 §10.1.1).
        """
        if self.finished:
            return True
        readable = self._broken is None and self._invite is None
        return readable and self._left <= most

    def drain(self, most: int) -> bool:
        """Discard the rest of the body; False if it is longer than `most` bytes or broken."""
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
            self._open_chunk()
        return self._left > 0

    def _open_chunk(self) -> None:
        size = _CHUNK_LINE.fullmatch(self._read_chunk_line())
        if size is None:
            raise self._break(MalformedBody("a chunk does not start with its size in hexadecimal"))

        self._skip(len(size[2]))
        self._left = int(size[1], 16)
        if not self._left:
            self._skip_trailer()
            self._chunked = False

    def _read_chunk_line(self) -> bytes:
        try:
            line = self._source.readline(MAX_CHUNK_LINE_BYTES)
        except OSError as error:
            raise self._break(_break_off(error)) from error

        if line.endswith(b"\n"):
            return line
        if len(line) < MAX_CHUNK_LINE_BYTES:
            raise self._break(_break_off())
        problem = f"a line of the chunked coding is longer than {MAX_CHUNK_LINE_BYTES} bytes"
        raise self._break(MalformedBody(problem))

    def _skip_trailer(self) -> None:
        for _ in range(MAX_TRAILER_FIELDS + 1):
            line = self._read_chunk_line()
            if line == b"\r\n":
                return

            if not line.endswith(b"\r\n") or split_field(line[:-2].decode("latin-1")) is None:
                raise self._break(MalformedBody("a line of the trailer is not NAME: VALUE"))
            self._skip(len(line))

        raise self._break(MalformedBody(f"the trailer has more than {MAX_TRAILER_FIELDS} fields"))

    def _skip(self, count: int) -> None:
        """Count bytes of an extension or of the trailer, which are not used."""
        self._skippable -= count
        if self._skippable < 0:
            problem = f"chunk extensions and trailer are longer than {MAX_SKIPPED_BYTES} bytes"
            raise self._break(MalformedBody(problem))

    def _receive(self, size: int) -> bytes:
        try:
            piece = self._source.read(size)
        except OSError as error:
            raise self._break(_break_off(error)) from error

        if len(piece) < size:
            raise self._break(_break_off())
        return piece

    def _break(self, error: BadRequest) -> BadRequest:
        self._broken = error
        return error


def _break_off(error: OSError | None = None) -> ClientDisconnected:
    if isinstance(error, TimeoutError):
        return ClientDisconnected("the peer stopped sending in the body of a request")
    return ClientDisconnected("the peer hung up in the body of a request")
