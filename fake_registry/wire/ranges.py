"""Ranges of bytes in uploads and downloads: inclusive on the wire, half-open elsewhere.

Uploads use a form without a unit, `0-4194303` (distribution-spec v1.1.1, Pushing a blob in chunks),
downloads that of RFC 9110 §14.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fake_registry.spec.errors import BlobUploadRangeInvalid, RangeUnsatisfiable

MAX_RANGES: Final = 32
"""A Range with more ranges is ignored: many small ones are an attack (RFC 9110 §14.2)."""

_MAX_DIGITS: Final = 1_000
"""Python does not parse numbers of more than 4,300 digits; no content is that long."""

_CONTENT_RANGE = re.compile(r"([0-9]+)-([0-9]+)", re.ASCII)
_UPLOAD_RANGE = re.compile(r"(?:bytes=)?0-([0-9]+)", re.ASCII)
_RANGE_SPEC = re.compile(r"([0-9]*)-([0-9]*)", re.ASCII)
_CONTENT_RANGE_OF = re.compile(r"bytes +([0-9]+)-([0-9]+)/([0-9]+|\*)", re.ASCII | re.IGNORECASE)


def parse_content_range(text: str) -> tuple[int, int]:
    """Return start and stop of a chunk. Raises BlobUploadRangeInvalid.

    RFC 9110's form `bytes 0-3/*` is refused, as by the real service (acr-behaviour 1.13).
    """
    match = _CONTENT_RANGE.fullmatch(text)
    if match is None or len(text) > _MAX_DIGITS:
        raise BlobUploadRangeInvalid("expected first-last, two numbers", content_range=text)

    first, last = int(match[1]), int(match[2])
    if last < first:
        reason = "expected first-last, found the last byte before the first"
        raise BlobUploadRangeInvalid(reason, content_range=text)
    return first, last + 1


def encode_content_range(start: int, stop: int) -> str:
    """Return the Content-Range of a chunk. Raises ValueError for an empty chunk, which has none."""
    _check_not_empty(start, stop)
    return f"{start}-{stop - 1}"


def encode_upload_range(offset: int) -> str:
    """Return the Range of an upload with `offset` bytes."""
    # `0-0` also means no bytes: the header has no empty form.
    return f"0-{max(offset - 1, 0)}"


def decode_upload_range(text: str) -> int:
    """Return the number of bytes that an upload has. Raises ValueError.

    `0-0` is read as 0: every upload begins with it, and few have one byte. Some registries write
    `bytes=`.
    """
    match = _UPLOAD_RANGE.fullmatch(text)
    if match is None or len(text) > _MAX_DIGITS:
        raise ValueError(f"expected 0-last, found {text[:40]!r}")

    last = int(match[1])
    return last + 1 if last else 0


def parse_range(header: str, size: int) -> tuple[tuple[int, int], ...] | None:
    """Return the satisfiable ranges of a download, in their order; None if the header is ignored.

    Ignored are another unit, a malformed header, and several ranges that are together longer than
    the content or more than `MAX_RANGES` (RFC 9110 §14.2). Raises RangeUnsatisfiable if no range
    is satisfiable (§14.1.2, §15.5.17).
    """
    ranges = _ranges_in(header, size)
    if ranges is None:
        return None

    satisfiable = tuple((start, stop) for start, stop in ranges if start < stop)
    if not satisfiable:
        raise RangeUnsatisfiable(range=header, size=size)

    total = sum(stop - start for start, stop in satisfiable)
    if len(satisfiable) > 1 and total > size:
        return None
    return satisfiable


def _ranges_in(header: str, size: int) -> list[tuple[int, int]] | None:
    unit, _, range_set = header.partition("=")
    if unit.strip(" \t").lower() != "bytes" or len(header) > _MAX_DIGITS:
        return None

    # RFC 9110 §5.6.1.2: empty elements of a list are ignored
    specs = list(filter(None, (element.strip(" \t") for element in range_set.split(","))))
    if not 1 <= len(specs) <= MAX_RANGES:
        return None

    ranges = []
    for spec in specs:
        bounds = _bounds_of(spec, size)
        if bounds is None:
            return None
        ranges.append(bounds)
    return ranges


def _bounds_of(spec: str, size: int) -> tuple[int, int] | None:
    """Return the part of [0, size) in a range, empty if unsatisfiable; None if malformed."""
    match = _RANGE_SPEC.fullmatch(spec)
    if match is None:
        return None

    first, last = match[1], match[2]
    if first and last:
        # The last byte before the first is malformed (§14.1.1), and may be ignored. Like Go's
        # server we call it unsatisfiable, which the OCI conformance suite expects as well.
        return int(first), min(int(last) + 1, size)
    if first:
        return int(first), size
    if not last:
        return None
    # A suffix of an empty blob is satisfiable (§14.1.2), but no Content-Range can express it: the
    # answer is the whole blob.
    if size == 0 and int(last) > 0:
        return None
    return max(size - int(last), 0), size


def encode_content_range_of(start: int, stop: int, size: int) -> str:
    """Return the Content-Range of a 206 (RFC 9110 §14.4). Raises ValueError for an empty range."""
    _check_not_empty(start, stop)
    return f"bytes {start}-{stop - 1}/{size}"


def encode_unsatisfied(size: int) -> str:
    """Return the Content-Range of a 416 (RFC 9110 §15.5.17)."""
    return f"bytes */{size}"


def decode_content_range_of(text: str) -> tuple[int, int, int | None]:
    """Return start, stop and size; None for an unknown size (`*`). Raises ValueError."""
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
    """The frame of a 206 with several parts: each head precedes its part, `closing` is the end."""

    content_type: str
    heads: tuple[bytes, ...]
    closing: bytes
    length: int
    """Bytes of the whole body: heads, parts and closing."""


def multipart_byteranges(
    parts: Sequence[tuple[int, int]],
    size: int,
    *,
    boundary: str,
    content_type: str,
) -> MultipartByteranges:
    """Return the frame of `parts` (RFC 9110 §14.6). The boundary must not occur in the content."""
    prefix = f"\r\n--{boundary}\r\nContent-Type: {content_type}\r\nContent-Range: "
    content_ranges = (encode_content_range_of(start, stop, size) for start, stop in parts)
    heads = tuple(f"{prefix}{one}\r\n\r\n".encode("ascii") for one in content_ranges)
    closing = f"\r\n--{boundary}--\r\n".encode("ascii")

    frame_length = sum(map(len, heads)) + len(closing)
    parts_length = sum(stop - start for start, stop in parts)
    return MultipartByteranges(
        content_type=f"multipart/byteranges; boundary={boundary}",
        heads=heads,
        closing=closing,
        length=frame_length + parts_length,
    )


def _check_not_empty(start: int, stop: int) -> None:
    if not 0 <= start < stop:
        raise ValueError(f"expected a range of at least one byte, found [{start}, {stop})")
