"""Downloads in ranges: RFC 9110 §14. The grammar has its own tests in tests/wire; these are whole answers."""

import email.parser
import email.policy

import pytest

from fake_registry import FakeRegistry
from fake_registry.spec.names import digest_of
from tests.support.http import LAYER, LAYER_DIGEST, OCTETS, HttpAnswer, answer, json_answer, put_blob, send

HEADERS = {"Accept-Ranges": "bytes", "Content-Type": OCTETS, "Docker-Content-Digest": LAYER_DIGEST}


def _get(registry: FakeRegistry, asked: str, content: bytes = LAYER) -> HttpAnswer:
    put_blob(registry, "samples/hello", content)
    return send(registry, "GET", f"/v2/samples/hello/blobs/{digest_of(content)}", headers={"Range": asked})


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=3-7", 3, 7),
        ("bytes=10-", 10, 15),
        ("bytes=0-", 0, 15),
        ("bytes=-4", 12, 15),
        ("bytes=-99", 0, 15),
        ("bytes=12-4194303", 12, 15),
        ("BYTES=1-2", 1, 2),
        ("bytes= 1-2 ", 1, 2),
        ("bytes=1-2,", 1, 2),
        ("bytes=1-2,99-", 1, 2),
    ],
)
def test_one_range_is_206(oci: FakeRegistry, asked: str, first: int, last: int) -> None:
    headers = {**HEADERS, "Content-Range": f"bytes {first}-{last}/16"}
    assert _get(oci, asked) == answer(206, headers, LAYER[first : last + 1])


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=a-b",
        "bytes=1--2",
        "bytes=+1-2",
        "bytes=\xb2-3",
        "0-3",
        "3-",  # what the Azure SDK for JavaScript resumes with (acr-behaviour 15.2)
        "chars=0-3",
        "bytes=0-15,0-15",
        "bytes=" + ",".join(["0-0"] * 33),
        "bytes=" + "9" * 5_000 + "-",
    ],
)
def test_malformed_range_is_ignored(oci: FakeRegistry, asked: str) -> None:
    """RFC 9110 §14.2: a server ignores what it cannot make out, and an attack."""
    assert _get(oci, asked) == answer(200, HEADERS, LAYER)


@pytest.mark.parametrize(
    "asked", ["bytes=16-", "bytes=16-20", "bytes=99-,200-", "bytes=-0", "bytes=7-3", "bytes=" + "9" * 900 + "-"]
)
def test_range_without_bytes_is_416(oci: FakeRegistry, asked: str) -> None:
    """RFC 9110 §15.5.17: with the size in Content-Range."""
    detail = {"range": asked, "size": 16}
    body = {"errors": [{"code": "SIZE_INVALID", "message": "no byte of the content is in the range", "detail": detail}]}
    assert _get(oci, asked) == json_answer(body, {"Content-Range": "bytes */16"}, status=416)


@pytest.mark.parametrize(("asked", "status"), [("bytes=0-", 416), ("bytes=0-0", 416), ("bytes=-1", 200)])
def test_range_of_an_empty_blob_is_416(oci: FakeRegistry, asked: str, status: int) -> None:
    assert _get(oci, asked, b"").status == status


@pytest.mark.parametrize(
    ("asked", "parts"),
    [
        ("bytes=0-1,4-5", [(0, 1), (4, 5)]),
        ("bytes=-2,0-0", [(14, 15), (0, 0)]),
        ("bytes=0-3, ,8-11,99-", [(0, 3), (8, 11)]),
        ("bytes=0-1,0-1", [(0, 1), (0, 1)]),
    ],
)
def test_several_ranges_are_a_multipart_in_the_requested_order(
    oci: FakeRegistry, asked: str, parts: list[tuple[int, int]]
) -> None:
    """RFC 9110 §14.6, read by the standard library's parser of MIME."""
    found = _get(oci, asked)

    content_type = found.header("Content-Type")
    headers = {**HEADERS, "Content-Type": content_type}
    assert found == answer(206, headers, found.body)
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + found.body)
    assert not message.defects
    read = [
        (part["Content-Type"], part["Content-Range"], part.get_payload(decode=True)) for part in message.iter_parts()
    ]
    assert read == [(OCTETS, f"bytes {first}-{last}/16", LAYER[first : last + 1]) for first, last in parts]


def test_each_multipart_answer_has_another_boundary(oci: FakeRegistry) -> None:
    first, second = (_get(oci, "bytes=0-1,4-5").header("Content-Type") for _ in range(2))

    assert first.startswith("multipart/byteranges; boundary=")
    assert first != second
