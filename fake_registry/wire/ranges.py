"""Ranges of bytes, of uploads and of downloads: half-open inside, inclusive on the wire.

Uploads use a form of their own, `0-4194303` without a unit (distribution-spec v1.1.1, Pushing a blob in chunks);
downloads that of RFC 9110 §14.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fake_registry.spec.errors import BlobUploadRangeInvalid, RangeUnsatisfiable

MAX_RANGES: Final = 32
"""More ranges than this in one request are ignored together (RFC 9110 §14.2: many small ranges are an attack)."""

_MAX_DIGITS: Final = 1_000
"""Python refuses to read numbers of more than 4,300 digits; no content is that long."""

_CONTENT_RANGE = re.compile(r"([0-9]+)-([0-9]+)", re.ASCII)
_UPLOAD_RANGE = re.compile(r"(?:bytes=)?0-([0-9]+)", re.ASCII)
_RANGE_SPEC = re.compile(r"([0-9]*)-([0-9]*)", re.ASCII)
_CONTENT_RANGE_OF = re.compile(r"bytes +([0-9]+)-([0-9]+)/([0-9]+|\*)", re.ASCII | re.IGNORECASE)


def parse_content_range(text: str) -> tuple[int, int]:
    """Return where a chunk starts and stops. Raises BlobUploadRangeInvalid.

    `bytes 0-3/*`, RFC 9110's form, is refused as the real service does (acr-behaviour 1.13).
    """
    match = _CONTENT_RANGE.fullmatch(text)
    if match is None or len(text) > _MAX_DIGITS:
        raise BlobUploadRangeInvalid("expected first-last, two numbers", content_range=text)
    first, last = int(match[1]), int(match[2])
    if last < first:
        raise BlobUploadRangeInvalid("expected first-last, found the last byte before the first", content_range=text)
    return first, last + 1


def encode_content_range(start: int, stop: int) -> str:
    """Return the Content-Range of a chunk. Raises ValueError for an empty one: the header has no empty form."""
    _check_not_empty(start, stop)
    return f"{start}-{stop - 1}"


def encode_upload_range(offset: int) -> str:
    """Return the Range of an upload of which `offset` bytes have arrived."""
    # `0-0` also means no bytes: the header has no empty form.
    return f"0-{max(offset - 1, 0)}"


def decode_upload_range(text: str) -> int:
    """Return how many bytes of an upload have arrived. Raises ValueError.

    `0-0` is read as none: so every upload starts, and few chunks are of one byte. Some registries write `bytes=`.
    """
    match = _UPLOAD_RANGE.fullmatch(text)
    if match is None or len(text) > _MAX_DIGITS:
        raise ValueError(f"expected 0-last, found {text[:40]!r}")
    last = int(match[1])
    return last + 1 if last else 0


def parse_range(header: str, size: int) -> tuple[tuple[int, int], ...] | None:
    """Return the satisfiable ranges that a download asks for, in its order; None if the header is to be ignored.

    Ignored are another unit, a malformed header, and several ranges that are together longer than the content or more
    than `MAX_RANGES` (RFC 9110 §14.2). Raises RangeUnsatisfiable where no range is satisfiable (§14.1.2, §15.5.17).
    """
    unit, _, range_set = header.partition("=")
    if unit.strip(" \t").lower() != "bytes" or len(header) > _MAX_DIGITS:
        return None
    # RFC 9110 §5.6.1.2: empty elements of a list are ignored
    specs = [spec for element in range_set.split(",") if (spec := element.strip(" \t"))]
    if not 1 <= len(specs) <= MAX_RANGES:
        return None
    ranges = []
    for spec in specs:
        match = _RANGE_SPEC.fullmatch(spec)
        if match is None:
            return None
        bounds = _resolve(match[1], match[2], size)
        if bounds is None:
            return None
        ranges.append(bounds)
    satisfiable = tuple((start, stop) for start, stop in ranges if start < stop)
    if not satisfiable:
        raise RangeUnsatisfiable(range=header, size=size)
    if len(satisfiable) > 1 and sum(stop - start for start, stop in satisfiable) > size:
        return None
    return satisfiable


def _resolve(first: str, last: str, size: int) -> tuple[int, int] | None:
    """Return the part of [0, size) that is meant, empty if unsatisfiable; None if the two make no range."""
    if first and last:
        # last before first is ill-formed (§14.1.1) and may be ignored; as Go's server we call it unsatisfiable, which
        # the OCI conformance suite wants as well
        return int(first), min(int(last) + 1, size)
    if first:
        return int(first), size
    if last:
        # A suffix of an empty blob is satisfiable by §14.1.2, but no Content-Range can say so: the whole of it answers.
        return None if size == 0 and int(last) > 0 else (max(size - int(last), 0), size)
    return None


def encode_content_range_of(start: int, stop: int, size: int) -> str:
    """Return the Content-Range of a 206 (RFC 9110 §14.4). Raises ValueError for an empty range."""
    _check_not_empty(start, stop)
    return f"bytes {start}-{stop - 1}/{size}"


def encode_unsatisfied(size: int) -> str:
    """Return the Content-Range of a 416 (RFC 9110 §15.5.17)."""
    return f"bytes */{size}"


def decode_content_range_of(text: str) -> tuple[int, int, int | None]:
    """Return start, stop and size, None where the size is unknown (`*`). Raises ValueError."""
    match = _CONTENT_RANGE_OF.fullmatch(text)
    if match is None or len(text) > _MAX_DIGITS:
        raise ValueError(f"expected bytes first-last/size, found {text[:60]!r}")
    start, stop = int(match[1]), int(match[2]) + 1
    size = None if match[3] == "*" else int(match[3])
    if stop <= start or (size is not None and stop > size):
        raise ValueError(f"expected a range inside the content, found {text[:60]!r}")
    return start, stop, size


@dataclass(frozen=True)
class MultipartByteranges:
    """The frame of a 206 of several parts: write each head, then its part's bytes, and `closing` at the end."""

    content_type: str
    heads: tuple[bytes, ...]
    closing: bytes
    length: int
    """Of the whole body in bytes: heads, parts and closing."""


def multipart_byteranges(
    parts: Sequence[tuple[int, int]], size: int, *, boundary: str, content_type: str
) -> MultipartByteranges:
    """Return the frame of `parts` (RFC 9110 §14.6). The boundary must not occur in the content."""
    heads = tuple(
        (
            f"\r\n--{boundary}\r\n"
            f"Content-Type: {content_type}\r\n"
            f"Content-Range: {encode_content_range_of(start, stop, size)}\r\n\r\n"
        ).encode("ascii")
        for start, stop in parts
    )
    closing = f"\r\n--{boundary}--\r\n".encode("ascii")
    return MultipartByteranges(
        content_type=f"multipart/byteranges; boundary={boundary}",
        heads=heads,
        closing=closing,
        length=sum(map(len, heads)) + sum(stop - start for start, stop in parts) + len(closing),
    )


def _check_not_empty(start: int, stop: int) -> None:
    if not 0 <= start < stop:
        raise ValueError(f"expected a range of at least one byte, found [{start}, {stop})")
