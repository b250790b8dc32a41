"""Bodies of answers, read up to a bound."""

import io
import zlib
from collections.abc import Iterator
from typing import Any, Final

import requests
from urllib3 import HTTPResponse
from urllib3.exceptions import HTTPError

from fake_registry.client.bounds import KIB, MAX_ERROR_BYTES, encoding_of, too_large
from fake_registry.client.deadline import Deadline

_PIECE_BYTES: Final = 4 * KIB
"""How much of a document is read at a time: a deadline is checked after each piece."""

_WBITS: Final = {"gzip": zlib.MAX_WBITS + 16, "x-gzip": zlib.MAX_WBITS + 16}


def read_document(response: requests.Response, what: str, limit: int, deadline: Deadline) -> bytes:
    """Return the body of an answer without an encoding.

    ResponseTooLarge for more than `limit` bytes; DeadlineExceeded; the exceptions of requests.
    """
    content = bytearray()
    for piece in pieces_of(response, _PIECE_BYTES, deadline):
        content += piece
        if len(content) > limit:
            raise too_large(what, limit)
    return bytes(content)


def read_start(response: requests.Response, deadline: Deadline) -> bytes:
    """Return the first bytes of a body that is not used, so that its connection can be used."""
    content = bytearray()
    for piece in pieces_of(response, _PIECE_BYTES, deadline):
        content += piece
        if len(content) >= MAX_ERROR_BYTES:
            break
    return bytes(content)


def pieces_of(response: requests.Response, size: int, deadline: Deadline) -> Iterator[bytes]:
    """Yield the body in pieces of at most `size` bytes. The time runs while one is read.

    DeadlineExceeded; the exceptions of requests.
    """
    pieces = response.iter_content(size)
    while True:
        try:
            piece = deadline.next_of(pieces)
        except requests.RequestException as error:
            if deadline.left <= 0:
                raise deadline.error() from error
            raise

        if not piece:
            return
        yield piece


def limit_session(session: requests.Session) -> None:
    """Make a session read at most 64 KiB of an error or a redirect, also decompressed."""
    session.hooks["response"].append(read_failure)


def read_failure(response: requests.Response, **_options: Any) -> None:  # Any: how it was sent
    """Read an error or a redirect up to a bound, and close it: a hook for a session's responses.

    An unread body would be an unclosed socket, and requests reads a redirect without a bound.
    """
    if response.status_code >= 300:
        set_content(response, _read_decoded(response))


def set_content(response: requests.Response, content: bytes) -> None:
    """Let `response.content` be `content`, and its raw body as well; the rest is not read."""
    response.close()
    # azure-core's `iter_raw` reads this one, not the content
    response.raw = HTTPResponse(io.BytesIO(content), preload_content=False)
    response._content, response._content_consumed = content, True  # type: ignore[attr-defined]  # noqa: SLF001


def _read_decoded(response: requests.Response) -> bytes:
    try:
        raw: bytes = response.raw.read(MAX_ERROR_BYTES, decode_content=False)
    except (HTTPError, OSError):  # broken off: the status is known all the same
        return b""

    encoding = encoding_of(dict(response.headers))
    if encoding is None:
        return raw
    if encoding not in _WBITS:
        return b""
    try:
        return zlib.decompressobj(_WBITS[encoding]).decompress(raw, MAX_ERROR_BYTES)
    except zlib.error:
        return b""
