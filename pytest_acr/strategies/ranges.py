"""Values of the header Range, with their meaning for content of a given size.

The meaning is computed from the numbers that were drawn, and not read from the text. Source:
RFC 9110 §14.1.1, §14.1.2 and §14.2. Whitespace and empty elements are those of lists (§5.6.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fake_registry.arguments import check_arguments


@dataclass(frozen=True, kw_only=True)
class RangeHeader:
    """A valid Range, and the parts of a content of `size` bytes that it is for.

    A server may ignore any Range (200), and is advised to ignore many ranges that overlap.
    """

    text: str
    size: int
    parts: tuple[tuple[int, int], ...] | None
    """Start and stop of each satisfiable range, in the order of the header.

    Empty if no range is satisfiable (416); None for another unit than `bytes` (200). A suffix of
    empty content is satisfiable: its part is (0, 0), for which no 206 exists (200).
    """


@dataclass(frozen=True, kw_only=True)
class BrokenRangeHeader:
    """A malformed Range, which a server ignores (200) or refuses (400, 416)."""

    text: str
    flaw: str


@check_arguments
def byte_ranges(size: int) -> SearchStrategy[RangeHeader]:
    """Draw values of Range for content of `size` bytes: one to four ranges.

    Ranges are closed, open, or suffixes. They begin and end anywhere, also at the first and the
    last byte, one past the end, and beyond all numbers of 64 bits. They come in any order, repeated
    and overlapping. Numbers have leading zeros, the list has whitespace and empty elements, and the
    unit is in any case, or another than `bytes`.
    """
    edges = {0, 1, size // 2, size - 1, size, size + 1, (1 << 63) - 1, 1 << 64, 10**40}
    positions = st.sampled_from(sorted(edges - {-1})) | st.integers(0, size)

    closed = st.tuples(positions, positions).map(_in_order)
    opened = positions.map(lambda first: (first, None))
    suffix = positions.map(lambda length: (None, length))
    specs = st.lists(closed | opened | suffix, min_size=1, max_size=4)
    return st.builds(partial(_header_of, size), specs, _UNITS, _LIST_STYLES)


def broken_byte_ranges() -> SearchStrategy[BrokenRangeHeader]:
    """Draw values of Range with one flaw, some with a valid range beside it.

    The flaw is in the list as a whole, or in a range: its positions are absent, in the wrong order,
    or no numbers, and its hyphen is absent or one of two.
    """
    whole = st.sampled_from(_BROKEN_WHOLE)
    alone = st.sampled_from(_BROKEN_ALONE).map(_in_unit)
    in_list = st.tuples(st.sampled_from(_BROKEN_SPECS), _NEIGHBOURS).map(_beside)
    flaws = whole | alone | in_list | in_list
    return flaws.map(lambda pair: BrokenRangeHeader(flaw=pair[0], text=pair[1]))


_Spec = tuple[int | None, int | None]
"""The first and the last position. Without the first it is a suffix, of as many bytes."""

_ListStyle = tuple[str, str, str, str]
"""Zeros before each number, a separator, and the begin and the end of the list."""

_Flaw = tuple[str, str]
"""The name of a flaw, and a text that has it."""


def _in_order(pair: tuple[int, int]) -> tuple[int, int]:
    return min(pair), max(pair)


def _header_of(size: int, specs: Sequence[_Spec], unit: str, style: _ListStyle) -> RangeHeader:
    zeros, separator, begin, end = style
    listed = separator.join(_text_of(spec, zeros) for spec in specs)
    text = f"{unit}={begin}{listed}{end}"
    if unit.lower() != "bytes":
        return RangeHeader(text=text, size=size, parts=None)

    parts = (_part_of(spec, size) for spec in specs)
    return RangeHeader(text=text, size=size, parts=tuple(part for part in parts if part is not None))


def _text_of(spec: _Spec, zeros: str) -> str:
    return "-".join("" if number is None else f"{zeros}{number}" for number in spec)


def _part_of(spec: _Spec, size: int) -> tuple[int, int] | None:
    """Return start and stop, None for a range that is not satisfiable (RFC 9110 §14.1.2)."""
    first, last = spec
    if first is None:
        length = last or 0
        return (max(size - length, 0), size) if length else None

    if first >= size:
        return None
    return first, size if last is None else min(last + 1, size)


def _in_unit(flaw: _Flaw) -> _Flaw:
    name, spec = flaw
    return name, f"bytes={spec}"


def _beside(pair: tuple[_Flaw, tuple[str, str]]) -> _Flaw:
    (name, spec), (before, after) = pair
    return name, f"bytes={before}{spec}{after}"


_UNITS: Final = st.sampled_from(("bytes", "bytes", "bytes", "bytes", "Bytes", "BYTES", "items", "byte", "bytes2"))

_LIST_STYLES: Final = st.sampled_from(
    (
        *(("", ",", "", ""), ("", ", ", "", ""), ("", " ,\t", "", ""), ("000", ",", "", "")),
        *(("", ",,", "", ""), ("", ", ,", "", ""), ("", ",", ",", ""), ("0", ", ", ", ", " ,")),
    )
)

_NEIGHBOURS: Final = st.sampled_from((("", ""), ("0-0,", ""), ("", ", 0-0"), ("-1,", ",0-")))
"""Texts before and after a broken range."""

_BROKEN_WHOLE: Final = (
    *(("no range", "bytes="), ("no range", "bytes=,"), ("no range", "bytes=, ,")),
    *(("no unit", "=0-0"), ("no unit", "0-0")),
    *(("no equals sign", "bytes 0-0"), ("no equals sign", "bytes:0-0"), ("no equals sign", "bytes")),
    ("two units", "bytes=bytes=0-0"),
)

# alone: with a valid range beside it, RFC 9110 §14.2 permits to answer that one
_BROKEN_ALONE: Final = (
    ("last before first", "1-0"),
    ("last before first", f"{1 << 64}-1"),
)

_BROKEN_SPECS: Final = (
    *(("no position", "-"), ("no hyphen", "0"), ("no hyphen", "0:1")),
    *(("two hyphens", "0--1"), ("two hyphens", "--1"), ("two hyphens", "0-1-2")),
    *(("not a number", "a-b"), ("not a number", "0-x"), ("not a number", "0x0-0x1")),
    *(("not a number", "0.0-1"), ("not a number", "1e0-"), ("not a number", "0-*")),
    *(("not a number", "\u00b2-"), ("not a number", "0-\u00b2")),  # `str.isdigit` is true
    *(("sign", "+0-1"), ("sign", "0-+1")),
    *(("blank in a range", "0 -1"), ("blank in a range", "0- 1"), ("blank in a range", "- 1")),
    *(("wrong separator", "0-0;1-1"), ("wrong separator", "0-0 1-1")),
)
