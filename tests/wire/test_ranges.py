"""Ranges: uploads' own form (distribution-spec, Pushing a blob in chunks) and downloads' (RFC 9110 §14)."""

import contextlib
import email.parser
import email.policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec.errors import BlobUploadRangeInvalid, RangeUnsatisfiable
from fake_registry.wire.ranges import (
    MAX_RANGES,
    decode_content_range_of,
    decode_upload_range,
    encode_content_range,
    encode_content_range_of,
    encode_unsatisfied,
    encode_upload_range,
    multipart_byteranges,
    parse_content_range,
    parse_range,
)

sizes = st.integers(min_value=0, max_value=2**64)
bounds = st.tuples(sizes, sizes).filter(lambda pair: pair[0] != pair[1]).map(lambda pair: (min(pair), max(pair)))


@given(bounds)
def test_content_range_of_a_chunk_reads_back(chunk: tuple[int, int]) -> None:
    assert parse_content_range(encode_content_range(*chunk)) == chunk


def test_content_range_is_inclusive_on_both_ends() -> None:
    assert parse_content_range("0-4194303") == (0, 4194304)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "-",
        "0-",
        "-5",
        "5-3",
        "bytes 0-3/*",
        "bytes=0-3",
        "0-3/10",
        "0--1",
        " 0-3",
        "0-3\n",
        "+0-3",
        "\u0661-\u0663",
        "0-" + "9" * 5000,
    ],
)
def test_other_forms_of_content_range_are_refused(text: str) -> None:
    with pytest.raises(BlobUploadRangeInvalid) as caught:
        parse_content_range(text)
    assert caught.value.facts == {"content_range": text}


def test_an_empty_chunk_has_no_content_range() -> None:
    with pytest.raises(ValueError, match="at least one byte"):
        encode_content_range(4, 4)


@pytest.mark.parametrize(("offset", "text"), [(0, "0-0"), (1, "0-0"), (2, "0-1"), (417, "0-416")])
def test_upload_range_names_the_last_byte(offset: int, text: str) -> None:
    assert encode_upload_range(offset) == text


@given(sizes.filter(lambda offset: offset != 1))
def test_upload_range_reads_back_but_for_one_byte(offset: int) -> None:
    assert decode_upload_range(encode_upload_range(offset)) == offset


def test_upload_range_with_a_unit_is_read() -> None:
    assert decode_upload_range("bytes=0-416") == 417


@pytest.mark.parametrize("text", ["", "0-", "1-5", "0-x", "bytes 0-3", "0-" + "9" * 5000])
def test_malformed_upload_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="expected 0-last"):
        decode_upload_range(text)


@pytest.mark.parametrize(
    ("header", "size", "expected"),
    [
        ("bytes=0-3", 10, ((0, 4),)),
        ("bytes=0-0", 10, ((0, 1),)),
        ("bytes=9-9", 10, ((9, 10),)),
        ("bytes=4-99", 10, ((4, 10),)),
        ("bytes=4-", 10, ((4, 10),)),
        ("bytes=-3", 10, ((7, 10),)),
        ("bytes=-99", 10, ((0, 10),)),
        ("BYTES=0-3", 10, ((0, 4),)),
        ("bytes=0-1,4-5", 10, ((0, 2), (4, 6))),
        ("bytes=4-5 ,\t0-1", 10, ((4, 6), (0, 2))),
        ("bytes=,0-1,,4-5,", 10, ((0, 2), (4, 6))),
        ("bytes=0-1,99-", 10, ((0, 2),)),
        ("bytes=-0,0-1", 10, ((0, 2),)),
        ("bytes=0-" + "9" * 500, 10, ((0, 10),)),
    ],
)
def test_satisfiable_ranges(header: str, size: int, expected: tuple[tuple[int, int], ...]) -> None:
    assert parse_range(header, size) == expected


@pytest.mark.parametrize(
    "header",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=a-b",
        "bytes=0-1,x",
        "bytes=1",
        "bytes=0 - 3",
        "0-3",
        "items=0-3",
        "5-",
        "bytes=+0-3",
        "bytes=\u0661-\u0663",
        "bytes=0-" + "9" * 5000,
    ],
)
def test_other_and_malformed_ranges_are_ignored(header: str) -> None:
    assert parse_range(header, 10) is None


def test_a_range_that_ends_before_it_starts_is_unsatisfiable() -> None:
    """RFC 9110 §14.2 lets us choose; the OCI conformance suite (range 500-0) requires a 416."""
    with pytest.raises(RangeUnsatisfiable):
        parse_range("bytes=5-3", 10)
    assert parse_range("bytes=5-3,0-1", 10) == ((0, 2),)


@pytest.mark.parametrize("header", ["bytes=0-9,0-9", "bytes=0-5,3-9", "bytes=" + ",".join(["0-0"] * (MAX_RANGES + 1))])
def test_ranges_longer_than_the_content_or_too_many_are_ignored(header: str) -> None:
    assert parse_range(header, 10) is None


def test_number_of_ranges_is_limited() -> None:
    asked = ["0-0"] * MAX_RANGES
    assert parse_range(f"bytes={','.join(asked)}", 1000) == ((0, 1),) * MAX_RANGES
    assert parse_range(f"bytes={','.join([*asked, '0-0'])}", 1000) is None


def test_ranges_as_long_as_the_content_are_answered() -> None:
    assert parse_range("bytes=0-4,5-9", 10) == ((0, 5), (5, 10))


@pytest.mark.parametrize(
    ("header", "size"),
    [
        ("bytes=10-", 10),
        ("bytes=10-12", 10),
        ("bytes=-0", 10),
        ("bytes=10-,11-12", 10),
        ("bytes=0-3", 0),
        ("bytes=0-", 0),
        ("bytes=-0", 0),
    ],
)
def test_unsatisfiable_ranges_are_refused(header: str, size: int) -> None:
    with pytest.raises(RangeUnsatisfiable) as caught:
        parse_range(header, size)
    assert caught.value.facts == {"range": header, "size": size}


def test_suffix_of_an_empty_blob_is_answered_whole() -> None:
    """RFC 9110 §14.1.2 calls it satisfiable, and §14.4 has no Content-Range for it."""
    assert parse_range("bytes=-5", 0) is None


@given(bounds, sizes)
def test_content_range_of_a_download_reads_back(part: tuple[int, int], rest: int) -> None:
    size = part[1] + rest
    assert decode_content_range_of(encode_content_range_of(*part, size)) == (*part, size)


@given(bounds)
def test_content_range_agrees_with_the_requested_range(part: tuple[int, int]) -> None:
    start, stop = part
    assert parse_range(f"bytes={encode_content_range(start, stop)}", stop) == ((start, stop),)


@given(st.text(alphabet="bytes=0123456789-, \t*x", max_size=40), st.integers(min_value=0, max_value=30))
def test_any_header_gives_ranges_inside_the_content(header: str, size: int) -> None:
    ranges: tuple[tuple[int, int], ...] | None = None
    with contextlib.suppress(RangeUnsatisfiable):
        ranges = parse_range(header, size)
    assert ranges is None or all(0 <= start < stop <= size for start, stop in ranges)


def test_size_may_be_unknown() -> None:
    assert decode_content_range_of("bytes 0-3/*") == (0, 4, None)


@pytest.mark.parametrize(
    "text", ["", "bytes */10", "bytes 3-0/10", "bytes 0-10/10", "0-3/10", "bytes 0-3", "bytes 0-3/x"]
)
def test_malformed_content_range_of_a_download_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^expected"):
        decode_content_range_of(text)


def test_unsatisfied_range_names_the_size() -> None:
    assert encode_unsatisfied(10) == "bytes */10"


def test_multipart_is_as_long_as_announced_and_readable() -> None:
    content = b"0123456789"
    parts = ((0, 2), (7, 10))
    frame = multipart_byteranges(parts, len(content), boundary="b0undary", content_type="application/octet-stream")
    body = b"".join(head + content[start:stop] for head, (start, stop) in zip(frame.heads, parts, strict=True))
    body += frame.closing
    assert len(body) == frame.length
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
        b"Content-Type: " + frame.content_type.encode() + b"\r\n\r\n" + body
    )
    assert [(part["Content-Range"], part["Content-Type"], part.get_payload()) for part in message.iter_parts()] == [
        ("bytes 0-1/10", "application/octet-stream", "01"),
        ("bytes 7-9/10", "application/octet-stream", "789"),
    ]
