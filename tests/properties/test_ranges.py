"""Blobs in ranges: status, Content-Range, Content-Length and bytes, for headers of all kinds.

Sources: RFC 9110 §14.1.1, §14.2, §14.4, §14.6, §15.3.7, §15.5.17; distribution-spec v1.1.1,
Pulling blobs. The parts come with the drawn header; `pytest_acr.harness` has what else a server may
answer.
"""

import email.parser
import email.policy
from collections.abc import Sequence
from functools import cache
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from pytest_acr.harness.ranges import Parts, permitted_parts, single_ranges
from pytest_acr.strategies import (
    BrokenRangeHeader,
    RangeHeader,
    broken_byte_ranges,
    byte_ranges,
)
from tests.properties.content import REPOSITORIES, digest_by
from tests.support.effort import examples
from tests.support.http import HttpAnswer, begin, follow, registry_of, send

HELLO: Final = REPOSITORIES[0]
SIZES: Final = (0, 1, 2, 16, 1_000)
OCTETS: Final = "application/octet-stream"

profiles = pytest.mark.parametrize("profile", ["oci", "acr"])
sizes = st.sampled_from(SIZES)


def content_of(size: int) -> bytes:
    """Return bytes none of which has the value of its neighbour."""
    return bytes(number % 251 for number in range(size))


@cache
def registry_with_contents(profile: Profile) -> FakeRegistry:
    """Return a registry with all contents, each in three pieces as they came."""
    registry = registry_of(profile)
    for size in SIZES:
        content = content_of(size)
        pieces = content[: size // 3], content[size // 3 : size // 2]
        location = begin(registry, HELLO, *filter(None, pieces))
        target = f"{location}&digest={digest_by(content)}"
        assert send(registry, "PUT", target, content[size // 2 :]).status == 201
    return registry


def pull(profile: Profile, content: bytes, header: str) -> HttpAnswer:
    """Return a blob, from the registry itself or from the storage that it redirects to."""
    registry = registry_with_contents(profile)
    target = f"/v2/{HELLO}/blobs/{digest_by(content)}"
    if profile == "oci":
        return send(registry, "GET", target, headers={"Range": header})
    return follow(registry, send(registry, "GET", target), {"Range": header})


def check_answer(found: HttpAnswer, content: bytes, permitted: Sequence[Parts | None]) -> None:
    """Check that an answer is whole and one of those `permitted`."""
    size, headers = len(content), dict(found.headers)
    assert headers.get("Accept-Ranges", "bytes") == "bytes"
    assert headers["Content-Length"] == str(len(found.body))

    match found.status:
        case 200:
            assert None in permitted
            assert found.body == content
            assert "Content-Range" not in headers
        case 416:
            assert () in permitted
            assert headers["Content-Range"] == f"bytes */{size}"
        case 206:
            assert parts_in(found, content) in [list(parts) for parts in permitted if parts]
        case _:
            raise AssertionError(found)


def parts_in(found: HttpAnswer, content: bytes) -> list[tuple[int, int]]:
    """Return the parts of a 206, after a check of the bytes of each."""
    content_type = found.header("Content-Type")
    if not content_type.startswith("multipart/"):
        return [part_of(found.header("Content-Range"), found.body, content)]

    assert "Content-Range" not in dict(found.headers)  # §15.3.7.2: each part has its own
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(head + found.body)
    assert not message.defects
    return [part_of(part["Content-Range"], part.get_payload(decode=True), content) for part in message.iter_parts()]


def part_of(content_range: str, body: object, content: bytes) -> tuple[int, int]:
    """Return start and stop of a part (§14.4), after a check of its bytes."""
    unit, _, place = content_range.partition(" ")
    ends, _, size = place.partition("/")
    first, _, last = ends.partition("-")
    start, stop = int(first), int(last) + 1

    assert (unit, size) == ("bytes", str(len(content)))
    assert body == content[start:stop]
    return start, stop


@profiles
@examples(60)  # kinds of ranges times places in the content
@given(header=sizes.flatmap(single_ranges))
def test_single_range_is_answered_as_it_must(profile: Profile, header: RangeHeader) -> None:
    content = content_of(header.size)
    check_answer(pull(profile, content, header.text), content, permitted_parts(header))


@profiles
@given(header=sizes.flatmap(byte_ranges))
def test_list_of_ranges_is_answered_as_it_may_be(profile: Profile, header: RangeHeader) -> None:
    content = content_of(header.size)
    check_answer(pull(profile, content, header.text), content, permitted_parts(header))


@profiles
@given(size=sizes, header=broken_byte_ranges())
def test_malformed_range_is_ignored_or_unsatisfiable(profile: Profile, size: int, header: BrokenRangeHeader) -> None:
    content = content_of(size)
    text = header.text.encode().decode("latin-1")  # as a WSGI server passes it
    check_answer(pull(profile, content, text), content, [None, ()])
