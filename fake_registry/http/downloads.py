"""Answers with a blob's bytes, whole or in ranges (RFC 9110 §14). `wire.ranges` parses them."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from fake_registry.core.registry import BlobReader
from fake_registry.http.answers import Answer, stream_answer
from fake_registry.http.call import Backend, Call
from fake_registry.spec.media_types import OCTET_STREAM
from fake_registry.wire.ranges import (
    MultipartByteranges,
    encode_content_range_of,
    multipart_byteranges,
    parse_range,
)

Ranges = tuple[tuple[int, int], ...]


def blob_answer(
    backend: Backend,
    reader: BlobReader,
    call: Call,
    headers: Mapping[str, str],
) -> Answer:
    """Return 200, or 206 for a satisfiable Range of a GET. Raises RangeUnsatisfiable.

    The answer closes `reader`, and so does an error.
    """
    with ExitStack() as until_answered:
        until_answered.callback(reader.close)
        answer = _answer(reader, _ranges_of(call, reader.size), {"Accept-Ranges": "bytes", **headers}, backend)
        until_answered.pop_all()
    return answer


def _ranges_of(call: Call, size: int) -> Ranges | None:
    """Return the ranges of a GET, None for all of the content. Raises RangeUnsatisfiable."""
    text = call.request.header("Range")
    if text is None or call.request.method != "GET":  # RFC 9110 §14.2: of no other method
        return None
    return parse_range(text, size)


def _answer(
    reader: BlobReader,
    ranges: Ranges | None,
    headers: Mapping[str, str],
    backend: Backend,
) -> Answer:
    if ranges is None:
        return stream_answer(reader.chunks(), reader.size, OCTET_STREAM, headers, close=reader.close)
    if len(ranges) == 1:
        return _one_range(reader, *ranges[0], headers)

    frame = multipart_byteranges(
        ranges,
        reader.size,
        boundary=backend.new_id(),
        content_type=OCTET_STREAM,
    )
    pieces = _multipart(reader, ranges, frame)
    return stream_answer(
        pieces,
        frame.length,
        frame.content_type,
        headers,
        status=206,
        close=reader.close,
    )


def _one_range(reader: BlobReader, start: int, stop: int, headers: Mapping[str, str]) -> Answer:
    content_range = encode_content_range_of(start, stop, reader.size)
    return stream_answer(
        reader.chunks(start, stop),
        stop - start,
        OCTET_STREAM,
        {**headers, "Content-Range": content_range},
        status=206,
        close=reader.close,
    )


def _multipart(reader: BlobReader, ranges: Ranges, frame: MultipartByteranges) -> Iterator[bytes]:
    for head, (start, stop) in zip(frame.heads, ranges, strict=True):
        yield head
        yield from reader.chunks(start, stop)
    yield frame.closing
