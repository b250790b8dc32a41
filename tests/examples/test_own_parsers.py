import json
import re
from typing import Any

from pytest_acr.harness import assert_manifest_codec, assert_range_parser


def parse_range(header: str, size: int) -> list[tuple[int, int]] | None:
    """The code under test: it reads a single range, and ignores all others."""
    match = re.fullmatch(r"(?i:bytes)=([0-9]*)-([0-9]*)", header)
    if match is None or not any(match.groups()):
        return None
    if match[1]:
        start, stop = int(match[1]), min(int(match[2] or size) + 1, size)
    else:
        start, stop = size - min(int(match[2]), size), size
    return [(start, stop)] if start < stop else []


def read_manifest(content: bytes, media_type: str) -> dict[str, Any]:
    """The code under test: it keeps all members, and checks none."""
    document: dict[str, Any] = json.loads(content)
    return document


def write_manifest(manifest: dict[str, Any]) -> bytes:
    return json.dumps(manifest).encode()


def test_range_parser() -> None:
    assert_range_parser(parse_range)


def test_manifest_codec() -> None:
    assert_manifest_codec(write_manifest, read_manifest, accepts=["*"])
