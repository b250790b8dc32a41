"""`assert_range_parser`: checks a parser of the header Range (RFC 9110 §14).

The expected parts come with the drawn headers, whose numbers they are computed from: nothing here
reads a header.
"""

from collections.abc import Callable, Sequence
from typing import Final

import hypothesis
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_acr.harness.pure_checks import SAME_EXAMPLES, call_user, failure_of, run_check
from pytest_acr.strategies import (
    BrokenRangeHeader,
    RangeHeader,
    broken_byte_ranges,
    byte_ranges,
)

Part = tuple[int, int]
Parts = Sequence[Part]
"""Half-open: start and stop."""

RangeParser = Callable[[str, int], Parts | None]

_SIZES: Final = st.sampled_from((0, 1, 2, 3, 10, 1_000)) | st.integers(0, 2**40)

_UNITS: Final = st.sampled_from(("bytes", "bytes", "BYTES"))
"""Names of units have no case (§14.1)."""


def assert_range_parser(
    parse: RangeParser,
    *,
    settings: hypothesis.settings = SAME_EXAMPLES,
) -> None:
    """Check that a parser of Range returns the parts that RFC 9110 §14 permits.

    `parse(header, size)` returns the satisfiable parts of a content of `size` bytes, each as start
    and stop (half-open), in the order of the header: `parse("bytes=0-3,-2", 10)` returns
    `[(0, 4), (8, 10)]`. It returns None for a header that is ignored (200), and nothing, an empty
    sequence, if no range is satisfiable (416).

    A single range of bytes must be parsed. Several ranges may be ignored, or coalesced; a malformed
    header may be ignored or found unsatisfiable.

    AssertionError with the header, the size, the expected and the found result, and the section.
    """

    def check_valid(header: RangeHeader) -> None:
        _check_valid(parse, header)

    def check_broken(drawn: tuple[BrokenRangeHeader, int]) -> None:
        _check_broken(parse, *drawn)

    run_check(check_valid, _SIZES.flatmap(single_ranges), settings)
    run_check(check_valid, _SIZES.flatmap(byte_ranges), settings)
    run_check(check_broken, st.tuples(broken_byte_ranges(), _SIZES), settings)


def single_ranges(size: int) -> SearchStrategy[RangeHeader]:
    """Draw a range of bytes, alone: closed, open, or a suffix. It ends near the content's ends."""
    edges = {0, 1, size // 2, max(size - 1, 0), size, size + 1, 1 << 64}
    positions = st.sampled_from(sorted(edges))

    def closed_range(unit: str, first: int, length: int) -> RangeHeader:
        last = first + length
        parts = _satisfiable(first, min(last + 1, size))
        return RangeHeader(text=f"{unit}={first}-{last}", size=size, parts=parts)

    def open_range(unit: str, first: int) -> RangeHeader:
        return RangeHeader(text=f"{unit}={first}-", size=size, parts=_satisfiable(first, size))

    def suffix_range(unit: str, length: int) -> RangeHeader:
        parts = ((size - min(length, size), size),) if length else ()
        return RangeHeader(text=f"{unit}=-{length}", size=size, parts=parts)

    return (
        st.builds(closed_range, _UNITS, positions, positions)
        | st.builds(open_range, _UNITS, positions)
        | st.builds(suffix_range, _UNITS, positions)
    )


def _satisfiable(start: int, stop: int) -> tuple[Part, ...]:
    """Return a part that has bytes; nothing for one that starts past the end (§14.1.2)."""
    return ((start, stop),) if start < stop else ()


def permitted_parts(header: RangeHeader) -> list[tuple[Part, ...] | None]:
    """Return the results that are permitted for a valid header, the best one first.

    Coalesced parts are not among them: see `are_coalesced`.
    """
    parts = header.parts
    if parts is None:
        return [None]  # §14.2: a unit that is not understood MUST be ignored
    if parts and header.size == 0:
        # §14.1.2: a suffix of empty content is satisfiable; §14.4 has no Content-Range for it
        return [None, ()]
    return [parts, None] if "," in header.text else [parts]


def are_coalesced(found: Parts, parts: Parts) -> bool:
    """Return whether `found` are fewer parts with all bytes and ends of `parts` (§15.3.7.2)."""
    starts, stops = {start for start, _ in parts}, {stop for _, stop in parts}
    is_bounded = all(start in starts and stop in stops for start, stop in found)
    return is_bounded and len(found) <= len(parts) and all(_is_in(part, found) for part in parts)


def _is_in(part: Part, found: Parts) -> bool:
    return any(start <= part[0] and part[1] <= stop for start, stop in found)


def _parts_by(parse: RangeParser, text: str, size: int) -> tuple[Part, ...] | None:
    """Return the result of `parse` as tuples, to be compared; it may be of lists."""
    found = parse(text, size)
    return None if found is None else tuple((start, stop) for start, stop in found)


def _check_valid(parse: RangeParser, header: RangeHeader) -> None:
    permitted = permitted_parts(header)
    found = call_user(_parts_by, parse, header.text, header.size)
    if isinstance(found, Exception):
        source = "§14.1.1, large numbers included"
        raise _failure(header.text, header.size, permitted, found, source)

    is_list = header.parts is not None and len(header.parts) > 1
    if found in permitted or (is_list and found and are_coalesced(found, header.parts or ())):
        return
    raise _failure(header.text, header.size, permitted, found, _section_of(header))


def _check_broken(parse: RangeParser, header: BrokenRangeHeader, size: int) -> None:
    found = call_user(_parts_by, parse, header.text, size)
    if found in (None, ()):
        return
    source = f"§14.1.1, §14.2: {header.flaw}"
    raise _failure(header.text, size, [None, ()], found, source)


def _section_of(header: RangeHeader) -> str:
    if header.parts is None:
        return "§14.2: an unknown unit is ignored"
    if not header.parts:
        return "§15.5.17: no range is satisfiable"
    return "§14.1.2: a last position past the end is cut, a suffix is at most all"


def _failure(
    text: str,
    size: int,
    permitted: Sequence[Parts | None],
    found: Parts | Exception | None,
    source: str,
) -> AssertionError:
    return failure_of(
        f"Range: {text}\n  of {size} bytes",
        expected=" or ".join(_name_of(parts) for parts in permitted),
        found=found if isinstance(found, Exception) else _name_of(found),
        source=f"RFC 9110 {source}",
    )


def _name_of(parts: Parts | None) -> str:
    if parts is None:
        return "None (ignored)"
    return f"{list(parts)}" if parts else "[] (unsatisfiable)"
