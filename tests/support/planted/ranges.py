"""Planted bugs in ranges of downloads (RFC 9110 §14)."""

from typing import Final

from fake_registry import FakeRegistry
from tests.support.http import HttpAnswer, put_blob, send
from tests.support.planted.bug import PlantedBug, Witness
from tests.support.planted.editing import edit
from tests.support.planted.steps import A, blob_target

CONTENT: Final = b"0123456789"


def read_range(text: str) -> Witness:
    """Return a witness that reads a range of ten digits: status, Content-Range, length and body."""

    def witness(registry: FakeRegistry) -> object:
        put_blob(registry, A, CONTENT)
        found = send(registry, "GET", blob_target(CONTENT), headers={"Range": text})
        return found.status, content_range_in(found), found.header("Content-Length"), found.body[:10]

    return witness


def content_range_in(found: HttpAnswer) -> str:
    """Return the Content-Range of an answer, empty without one."""
    return dict(found.headers).get("Content-Range", "")


def status_of_range(text: str) -> Witness:
    """Return a witness that returns the status of a range of ten digits, and its Content-Range."""

    def witness(registry: FakeRegistry) -> object:
        put_blob(registry, A, CONTENT)
        found = send(registry, "GET", blob_target(CONTENT), headers={"Range": text})
        return found.status, content_range_in(found)

    return witness


RANGES: Final = (
    PlantedBug(
        name="closed-range-lacks-its-last-byte",
        kind="ranges: closed",
        part="ranges",
        plant=edit("wire.ranges:_bounds_of", "min(int(last) + 1, size)", "min(int(last), size)"),
        witness=read_range("bytes=2-4"),
        right=(206, "bytes 2-4/10", "3", b"234"),
    ),
    PlantedBug(
        name="closed-range-is-read-as-offset-and-length",
        kind="ranges: closed",
        plant=edit(
            "wire.ranges:_bounds_of",
            "min(int(last) + 1, size)",
            "min(int(first) + int(last), size)",
        ),
        witness=read_range("bytes=2-4"),
        right=(206, "bytes 2-4/10", "3", b"234"),
    ),
    PlantedBug(
        name="open-range-lacks-the-last-byte-of-the-blob",
        kind="ranges: open",
        plant=edit(
            "wire.ranges:_bounds_of",
            "return int(first), size\n",
            "return int(first), size - 1\n",
        ),
        witness=read_range("bytes=2-"),
        right=(206, "bytes 2-9/10", "8", b"23456789"),
    ),
    PlantedBug(
        name="suffix-longer-than-the-blob-starts-inside-of-it",
        kind="ranges: suffix",
        plant=edit("wire.ranges:_bounds_of", "max(size - int(last), 0)", "abs(size - int(last))"),
        witness=read_range("bytes=-12"),
        right=(206, "bytes 0-9/10", "10", CONTENT),
    ),
    PlantedBug(
        name="suffix-of-no-bytes-is-the-whole-blob",
        kind="ranges: suffix",
        part="ranges",
        plant=edit("wire.ranges:_bounds_of", "size - int(last)", "size - (int(last) or size)"),
        witness=status_of_range("bytes=-0"),
        right=(416, "bytes */10"),
    ),
    PlantedBug(
        name="range-past-the-end-announces-bytes-that-the-blob-lacks",
        kind="ranges: past the end",
        plant=edit("wire.ranges:_bounds_of", "min(int(last) + 1, size)", "int(last) + 1"),
        witness=read_range("bytes=7-12"),
        right=(206, "bytes 7-9/10", "3", b"789"),
    ),
    PlantedBug(
        name="range-that-starts-at-the-end-is-ignored",
        kind="ranges: past the end",
        part="ranges",
        plant=edit(
            "wire.ranges:parse_range",
            "raise RangeUnsatisfiable(range=header, size=size)",
            "return None",
        ),
        witness=status_of_range("bytes=10-12"),
        right=(416, "bytes */10"),
    ),
    PlantedBug(
        name="one-unsatisfiable-range-refuses-the-others",
        kind="ranges: past the end",
        part="ranges",
        plant=edit(
            "wire.ranges:parse_range",
            "if not satisfiable:",
            "if len(satisfiable) < len(ranges):",
        ),
        witness=status_of_range("bytes=20-22,1-2"),
        right=(206, "bytes 1-2/10"),
    ),
    PlantedBug(
        name="content-range-states-the-end-of-the-range-as-the-total",
        kind="ranges: totals",
        plant=edit("wire.ranges:encode_content_range_of", "{stop - 1}/{size}", "{stop - 1}/{stop}"),
        witness=read_range("bytes=2-4"),
        right=(206, "bytes 2-4/10", "3", b"234"),
    ),
    PlantedBug(
        name="refusal-of-a-range-states-the-last-byte-as-the-total",
        kind="ranges: totals",
        plant=edit("wire.ranges:encode_unsatisfied", "{size}", "{max(size - 1, 0)}"),
        witness=status_of_range("bytes=10-12"),
        right=(416, "bytes */10"),
    ),
)
