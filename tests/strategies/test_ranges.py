"""Values of Range have every feature that their docstrings promise, and our parser agrees."""

import re
from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec.errors import RangeUnsatisfiable
from fake_registry.wire.ranges import parse_range
from pytest_acr.strategies import BrokenRangeHeader, RangeHeader, broken_byte_ranges, byte_ranges
from tests.support.effort import examples, features_not_drawn, flaws_not_drawn

SIZE: Final = 100

GRAMMAR: Final = re.compile(
    r"bytes=[ \t]*(,[ \t]*)*(\d+-\d*|-\d+)([ \t]*,[ \t]*(\d+-\d*|-\d+)?)*",
    re.ASCII | re.IGNORECASE,
)
"""RFC 9110 §14.1.1 and §14.1.2, in a list as a recipient reads it (§5.6.1.2)."""


def has_text(pattern: str) -> Callable[[RangeHeader], bool]:
    compiled = re.compile(pattern)
    return lambda header: compiled.search(header.text) is not None


def has_part(start: int, stop: int) -> Callable[[RangeHeader], bool]:
    return lambda header: (start, stop) in (header.parts or ())


def overlaps(header: RangeHeader) -> bool:
    parts = sorted(header.parts or ())
    return any(one[1] > other[0] for one, other in pairwise(parts))


def is_out_of_order(header: RangeHeader) -> bool:
    parts = header.parts or ()
    return [*parts] != sorted(parts)


FEATURES: Final[Mapping[str, Callable[[RangeHeader], bool]]] = {
    "closed": has_text(r"=\d+-\d+$"),
    "open": has_text(r"=\d+-$"),
    "suffix": has_text(r"=-\d+$"),
    "four ranges": lambda header: header.text.count("-") == 4,
    "first byte": has_part(0, 1),
    "last byte": has_part(SIZE - 1, SIZE),
    "all bytes": has_part(0, SIZE),
    "begins one past the end": has_text(rf"=0*{SIZE}-"),
    "ends one past the end": has_text(rf"\d-0*{SIZE}(,| |$)"),
    "not in 64 bits": has_text(r"\d{40}"),
    "largest int64": has_text(rf"{2**63 - 1}"),
    "suffix of nothing": has_text(r"[=,]-0+$"),
    "suffix longer than the content": has_text(r"[=,]-0*(10[1-9]|\d{4})"),
    "not satisfiable": lambda header: header.parts == (),
    "satisfiable in part": lambda header: 0 < len(header.parts or ()) < header.text.count("-"),
    "repeated": lambda header: len(set(header.parts or ())) < len(header.parts or ()),
    "overlapping": overlaps,
    "out of order": is_out_of_order,
    "leading zeros": has_text(r"000\d"),
    "blank": has_text(r"\d, "),
    "tab": has_text(r"\t"),
    "empty element": has_text(r",,|=,"),
    "unit in another case": has_text(r"^B"),
    "other unit": lambda header: header.parts is None,
}

FLAWS: Final = (
    *("no range", "no unit", "no equals sign", "two units", "last before first", "no position"),
    *("no hyphen", "two hyphens", "not a number", "sign", "blank in a range", "wrong separator"),
)


def test_every_feature_is_drawn() -> None:
    assert features_not_drawn(byte_ranges(SIZE), FEATURES) == []


def test_every_flaw_is_drawn() -> None:
    assert flaws_not_drawn(broken_byte_ranges(), FLAWS) == []


@given(data=st.data(), size=st.integers(0, 20))
@examples(50)  # they are cheap, and each has few of the many forms
def test_parser_finds_the_parts_of_a_valid_range(data: st.DataObject, size: int) -> None:
    header = data.draw(byte_ranges(size))
    if header.parts == ():
        with pytest.raises(RangeUnsatisfiable):
            parse_range(header.text, size)
        return

    assert parse_range(header.text, size) == answered_parts(header)
    assert header.parts is None or GRAMMAR.fullmatch(header.text)


def answered_parts(header: RangeHeader) -> tuple[tuple[int, int], ...] | None:
    """Return the parts that our registry answers; None where it answers the whole content."""
    parts = header.parts
    if not parts or header.size == 0:
        return None

    total = sum(stop - start for start, stop in parts)
    return None if len(parts) > 1 and total > header.size else parts


@given(header=broken_byte_ranges(), size=st.integers(0, 20))
@examples(50)
def test_parser_ignores_or_refuses_a_broken_range(header: BrokenRangeHeader, size: int) -> None:
    assert header.flaw in FLAWS
    if header.flaw == "last before first":
        with pytest.raises(RangeUnsatisfiable):
            parse_range(header.text, size)
        return

    assert parse_range(header.text, size) is None
    assert not GRAMMAR.fullmatch(header.text)
