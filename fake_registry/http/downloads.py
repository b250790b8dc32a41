"""Serving a blob's bytes, whole or in ranges (RFC 9110 §14). The grammar of ranges is `wire.ranges`'."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from fake_registry.core.registry import BlobReader
from fake_registry.http.call import Answer, Backend, Call
from fake_registry.spec.media_types import OCTET_STREAM
from fake_registry.wire.ranges import MultipartByteranges, encode_content_range_of, multipart_byteranges, parse_range


def blob_answer(backend: Backend, reader: BlobReader, call: Call, headers: Mapping[str, str]) -> Answer:
    """Answer 200, or 206 to a Range that can be satisfied; RangeUnsatisfiable to one that cannot. Takes the reader."""
    with ExitStack() as until_answered:
        until_answered.callback(reader.close)
        answer = _answer(reader, call.headers.get("Range"), boundary=backend.new_id())
        answer.headers.update({"Accept-Ranges": "bytes", **headers})
        answer.call_on_close(until_answered.pop_all().close)
        return answer


def _answer(reader: BlobReader, asked: str | None, *, boundary: str) -> Answer:
    ranges = None if asked is None else parse_range(asked, reader.size)
    if ranges is None:
        return _stream(200, reader.chunks(), reader.size, OCTET_STREAM)
    if len(ranges) == 1:
        ((start, stop),) = ranges
        answer = _stream(206, reader.chunks(start, stop), stop - start, OCTET_STREAM)
        answer.headers["Content-Range"] = encode_content_range_of(start, stop, reader.size)
        return answer
    frame = multipart_byteranges(ranges, reader.size, boundary=boundary, content_type=OCTET_STREAM)
    return _stream(206, _multipart(reader, ranges, frame), frame.length, frame.content_type)


def _stream(status: int, pieces: Iterator[bytes], size: int, content_type: str) -> Answer:
    return Answer(
        pieces,
        status=status,
        headers={"Content-Length": str(size)},
        content_type=content_type,
        direct_passthrough=True,
    )


def _multipart(reader: BlobReader, ranges: tuple[tuple[int, int], ...], frame: MultipartByteranges) -> Iterator[bytes]:
    for head, (start, stop) in zip(frame.heads, ranges, strict=True):
        yield head
        yield from reader.chunks(start, stop)
    yield frame.closing
