"""Reads one HTTP/1.1 response from bytes as they arrive: RFC 9112, without the repairs of clients.

`http.client` drops bytes after the end of a body, reads a malformed field as a part of the body,
and accepts an answer without a status line. Such a response is a finding here.
"""

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from fake_registry.spec.redaction import redact_text
from pytest_acr.harness.messages import RawResponse, TargetFailed

MAX_HEAD_BYTES: Final = 65_536
"""Of a status line with its header fields, of a trailer section, and of all interim responses."""

_MAX_CHUNK_LINE_BYTES: Final = 4_096
_MAX_SHOWN: Final = 60
"""How many bytes of a malformed part an error message repeats."""

_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_STATUS_LINE: Final = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [^\x00-\x08\x0a-\x1f\x7f]*)?")
_FIELD: Final = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):([^\x00\r\n]*)")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n]*)?")
_LENGTH: Final = re.compile(r"[0-9]{1,18}")

_WITHOUT_BODY: Final = frozenset({204, 304})
_START: Final = b"HTTP/"
_BLANKS: Final = " \t"
_END_BY_CLOSE: Final = "the end of the connection, which ends a body without Content-Length"


class ClosedBeforeResponse(TargetFailed):
    """The server closed the connection before the first byte of a response."""


class ReadResponse(NamedTuple):
    """A response, and whether its connection can be used for another request."""

    response: RawResponse
    keeps_open: bool


class _Head(NamedTuple):
    minor_version: str
    status: int
    fields: tuple[tuple[str, str], ...]


class ReceivedBytes:
    """The bytes of one response, received as they are needed.

    `receive` returns the next bytes, none at the end of the connection. It raises ConnectionError,
    and TimeoutError when `seconds` have passed since the request.
    """

    def __init__(self, receive: Callable[[], bytes], seconds: float) -> None:
        self._receive = receive
        self._seconds = seconds
        self._count = 0
        self.unread = bytearray()

    def add(self, expected: str) -> None:
        """Receive some bytes. TargetFailed if none come, with the description of those expected."""
        try:
            piece = self._receive()
        except TimeoutError:
            found = f"{self._count} bytes of a response in {self._seconds:g} s"
            raise TargetFailed(f"expected {expected}, found {found}") from None
        except ConnectionError:
            raise self._end_of_connection(expected, "a connection reset") from None

        if not piece:
            raise self._end_of_connection(expected, "the end of the connection")
        self._count += len(piece)
        self.unread += piece

    def add_until_close(self, limit: int) -> None:
        """Receive all bytes up to the end of the connection. TargetFailed for more than `limit`."""
        while True:
            _check_size(len(self.unread), limit)
            try:
                piece = self._receive()
            except TimeoutError:
                found = f"{len(self.unread)} bytes in {self._seconds:g} s"
                raise TargetFailed(f"expected {_END_BY_CLOSE}, found {found}") from None
            except ConnectionError:
                found = f"a connection reset after {len(self.unread)} bytes"
                raise TargetFailed(f"expected {_END_BY_CLOSE}, found {found}") from None

            if not piece:
                return
            self.unread += piece

    def take(self, size: int, dropped: int = 0) -> bytes:
        """Return the first `size` unread bytes; these and `dropped` bytes after them are read."""
        with memoryview(self.unread) as view:
            taken = bytes(view[:size])
        del self.unread[: size + dropped]
        return taken

    def take_exactly(self, size: int, expected: str) -> bytes:
        """Return the next `size` bytes. TargetFailed."""
        while len(self.unread) < size:
            self.add(expected)
        return self.take(size)

    def take_line(self, expected: str) -> bytes:
        """Return the next line without its end. TargetFailed, also for a line that is too long."""
        while (end := self.unread.find(b"\n")) < 0:
            if len(self.unread) > _MAX_CHUNK_LINE_BYTES:
                raise TargetFailed(f"expected {expected}, found {_show(self.unread)}")
            self.add(expected)
        return self.take(end, dropped=1).removesuffix(b"\r")

    def _end_of_connection(self, expected: str, found: str) -> TargetFailed:
        if self._count == 0:
            return ClosedBeforeResponse(f"expected a response, found {found}")
        return TargetFailed(f"expected {expected}, found {found} after {self._count} bytes of the response")


def read_response(received: ReceivedBytes, method: str, max_body_bytes: int) -> ReadResponse:
    """Return the response to a request with `method`.

    TargetFailed for a malformed response, one that is too large, and bytes after its end.
    """
    head = _read_head(received)
    response = RawResponse(head.status, head.fields, _read_body(received, head, method, max_body_bytes))
    if received.unread:
        size = f"a response with a body of {len(response.body)} bytes"
        found = f"more after its end: {_show(received.unread)}"
        raise TargetFailed(f"expected {size}, found {found}")

    return ReadResponse(response, _keeps_open(head, method))


def _read_head(received: ReceivedBytes) -> _Head:
    """Return the head of the final response, after interim responses (RFC 9110 §15.2)."""
    interim_bytes = 0
    while True:
        text = _take_head(received, MAX_HEAD_BYTES - interim_bytes)
        head = _parse_head(text)
        if head.status == 101:
            raise TargetFailed("expected a response, found 101 Switching Protocols")
        if head.status >= 200:
            return head
        interim_bytes += len(text)


def _take_head(received: ReceivedBytes, limit: int) -> str:
    searched = 0
    unread = received.unread
    while (end := _END_OF_HEAD.search(unread, searched)) is None:
        _check_start(unread)
        _check_head_size(len(unread), limit)
        searched = max(0, len(unread) - 3)
        received.add("the head of a response, up to an empty line")

    _check_start(unread)
    _check_head_size(end.end(), limit)
    return received.take(end.start(), dropped=end.end() - end.start()).decode("latin-1")


def _check_start(unread: bytearray) -> None:
    """Raise TargetFailed at once for bytes that begin no status line: they may never end."""
    if unread and not unread.startswith(_START[: len(unread)]):
        raise TargetFailed(f"expected a response that begins with HTTP/1.1, found {_show(unread)}")


def _check_head_size(size: int, limit: int) -> None:
    if size > limit:
        raise TargetFailed(f"expected a response's head of at most {MAX_HEAD_BYTES} bytes, found more")


def _parse_head(text: str) -> _Head:
    status_line, *lines = text.replace("\r\n", "\n").split("\n")
    match = _STATUS_LINE.fullmatch(status_line)
    if match is None:
        expected = "a status line such as HTTP/1.1 200 OK"
        raise TargetFailed(f"expected {expected}, found {_show(status_line)}")

    return _Head(match[1], int(match[2]), _parse_fields(lines))


def _parse_fields(lines: list[str]) -> tuple[tuple[str, str], ...]:
    fields: list[tuple[str, str]] = []
    for line in lines:
        match = _FIELD.fullmatch(line)
        if match is not None:
            fields.append((match[1], match[2].strip(_BLANKS)))
        elif line[:1] in _BLANKS and fields:
            name, value = fields.pop()  # a folded line (RFC 9112 §5.2)
            fields.append((name, f"{value} {line.strip(_BLANKS)}"))
        else:
            raise TargetFailed(f"expected a header field, `Name: value`, found {_show(line)}")
    return tuple(fields)


def _read_body(received: ReceivedBytes, head: _Head, method: str, limit: int) -> bytes:
    """Return the body by the rules of RFC 9112 §6.3."""
    encodings = _values_of(head, "transfer-encoding")
    lengths = _values_of(head, "content-length")
    if encodings and lengths:
        raise TargetFailed("expected Content-Length or Transfer-Encoding, found both")

    length = _parse_length(lengths)
    if method == "HEAD" or head.status in _WITHOUT_BODY:
        return b""
    if encodings:
        _check_chunked(encodings)
        return _read_chunks(received, limit)
    if length is not None:
        _check_size(length, limit)
        return received.take_exactly(length, f"a body of {length} bytes, as in Content-Length")

    received.add_until_close(limit)
    return received.take(len(received.unread))


def _check_chunked(encodings: list[str]) -> None:
    if [encoding.lower() for encoding in encodings] != ["chunked"]:
        found = _show(", ".join(encodings))
        raise TargetFailed(f"expected the Transfer-Encoding 'chunked', found {found}")


def _parse_length(lengths: list[str]) -> int | None:
    if not lengths:
        return None
    different = set(lengths)
    if len(different) > 1 or not _LENGTH.fullmatch(lengths[0]):
        raise TargetFailed(f"expected one number in Content-Length, found {_show(', '.join(lengths))}")
    return int(lengths[0])


def _read_chunks(received: ReceivedBytes, limit: int) -> bytes:
    """Return a chunked body (RFC 9112 §7.1). Extensions and trailers are dropped."""
    body = bytearray()
    while size := _read_chunk_size(received):
        _check_size(len(body) + size, limit)
        body += received.take_exactly(size, f"a chunk of {size} bytes")

        line_end = received.take_line("the end of a line after a chunk")
        if line_end:
            expected = f"the end of a line after a chunk of {size} bytes"
            raise TargetFailed(f"expected {expected}, found {_show(line_end)}")

    trailer_bytes = 0
    while line := received.take_line("an empty line after the last chunk"):
        trailer_bytes += len(line)
        _check_head_size(trailer_bytes, MAX_HEAD_BYTES)
    return bytes(body)


def _read_chunk_size(received: ReceivedBytes) -> int:
    expected = "the size of a chunk in hexadecimal"
    line = received.take_line(expected)
    match = _CHUNK_SIZE.fullmatch(line)
    if match is None:
        raise TargetFailed(f"expected {expected}, found {_show(line)}")
    return int(match[1], 16)


def _check_size(size: int, limit: int) -> None:
    if size > limit:
        raise TargetFailed(f"expected a body of at most {limit} bytes, found more")


def _keeps_open(head: _Head, method: str) -> bool:
    options = [option.lower() for option in _values_of(head, "connection")]
    if "close" in options or (head.minor_version == "0" and "keep-alive" not in options):
        return False

    has_end = bool(_values_of(head, "content-length") or _values_of(head, "transfer-encoding"))
    return has_end or method == "HEAD" or head.status in _WITHOUT_BODY


def _values_of(head: _Head, name: str) -> list[str]:
    """Return the elements of a header that is a list (RFC 9110 §5.6.1)."""
    values = [value for found, value in head.fields if found.lower() == name]
    return [element.strip(_BLANKS) for value in values for element in value.split(",")]


def _show(content: bytes | bytearray | str) -> str:
    """Return a part of a malformed response as text for a message, without secrets in it."""
    start = content[:_MAX_SHOWN]
    text = start if isinstance(start, str) else start.decode("latin-1")
    dots = "..." if len(content) > _MAX_SHOWN else ""
    return redact_text(repr(text)) + dots
