import re

from hypothesis import given

from pytest_acr.strategies import BrokenRangeHeader, RangeHeader, broken_byte_ranges, byte_ranges


def range_in(header: str, size: int) -> tuple[int, int] | None:
    """The code under test: it serves one closed range, and ignores all others."""
    match = re.fullmatch(r"bytes=([0-9]+)-([0-9]+)", header)
    if match is None:
        return None

    first, last = int(match[1]), int(match[2])
    return (first, min(last + 1, size)) if first <= last and first < size else None


@given(header=byte_ranges(size=100))
def test_served_range_is_in_the_header(header: RangeHeader) -> None:
    found = range_in(header.text, size=100)
    assert found is None or found in (header.parts or ())


@given(header=broken_byte_ranges())
def test_broken_range_is_ignored(header: BrokenRangeHeader) -> None:
    assert range_in(header.text, size=100) is None
