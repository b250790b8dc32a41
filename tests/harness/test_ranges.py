"""`assert_range_parser`: holds for our parser, and finds mistakes that are planted."""

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import pytest

from fake_registry.spec.errors import RangeUnsatisfiable
from fake_registry.wire.ranges import parse_range
from pytest_acr.harness import assert_range_parser
from tests.support.effort import examples

Parts = Sequence[tuple[int, int]] | None
Parser = Callable[[str, int], Parts]


def parse(header: str, size: int) -> Parts:
    """Return the result of our parser, without its error."""
    try:
        return parse_range(header, size)
    except RangeUnsatisfiable:
        return ()


def test_our_parser_returns_what_rfc_9110_permits() -> None:
    assert_range_parser(parse, settings=examples(40))


def each(change: Callable[[int, int, int], tuple[int, int]]) -> Parser:
    """Return a parser with other parts: `change` receives start, stop and size."""

    def parse_wrongly(header: str, size: int) -> Parts:
        parts = parse(header, size)
        return parts and [change(start, stop, size) for start, stop in parts]

    return parse_wrongly


def ignore_unsatisfiable(header: str, size: int) -> Parts:
    return parse(header, size) or None


def refuse_units(header: str, size: int) -> Parts:
    return parse(header, size) if header.lower().startswith("bytes") else ()


def read_any_unit(header: str, size: int) -> Parts:
    return parse(f"bytes={header.partition('=')[2]}", size)


def ignore_case(header: str, size: int) -> Parts:
    return parse(header, size) if header.startswith("bytes") else None


def suffix_in(header: str) -> int:
    """Return the length of a suffix, 0 for any other header."""
    match = re.fullmatch(r"bytes=-([0-9]+)", header)
    return int(match[1]) if match else 0


def count_suffix_from_the_start(header: str, size: int) -> Parts:
    length = suffix_in(header)
    return parse(f"bytes=0-{length - 1}", size) if length and size else parse(header, size)


def let_suffix_begin_before_the_start(header: str, size: int) -> Parts:
    length = suffix_in(header)
    return [(size - length, size)] if length > size > 0 else parse(header, size)


def end_open_range_before_the_last(header: str, size: int) -> Parts:
    parts = parse(header, size)
    if parts and header.endswith("-") and parts[0][1] - parts[0][0] > 1:
        return [(parts[0][0], size - 1)]
    return parts


def refuse_open_ranges(header: str, size: int) -> Parts:
    return () if header.endswith("-") else parse(header, size)


def keep_only_the_first(header: str, size: int) -> Parts:
    parts = parse(header, size)
    return parts and parts[:1]


def serve_the_first_of_a_malformed_list(header: str, size: int) -> Parts:
    first, _, rest = header.partition(",")
    is_malformed = re.search("[^0-9, \t-]", rest) is not None
    return parse(first, size) if is_malformed else parse(header, size)


def read_numbers_loosely(header: str, size: int) -> Parts:
    match = re.fullmatch(r"bytes=([+ 0-9]+)-([+ 0-9]+)", header)
    try:
        return parse(f"bytes={int(match[1])}-{int(match[2])}", size) if match else parse(header, size)
    except ValueError:
        return parse(header, size)


def overflow(header: str, size: int) -> Parts:
    if any(len(word) > 19 for word in header.replace("=", "-").split("-")):
        raise OverflowError("too large")
    return parse(header, size)


MISTAKES: Final[dict[str, tuple[Parser, str]]] = {
    "a stop that is one too low": (each(lambda start, stop, _: (start, stop - 1)), "14.1.2"),
    "a stop that is one too high": (each(lambda start, stop, _: (start, stop + 1)), "14.1.2"),
    "a start that is one too high": (each(lambda start, stop, _: (start + 1, stop)), "14.1.2"),
    "a part past the end": (each(lambda start, stop, size: (start, max(stop, size))), "14.1.2"),
    "a suffix from the start": (count_suffix_from_the_start, "14.1.2"),
    "a suffix longer than the content": (let_suffix_begin_before_the_start, "14.1.2"),
    "an open range without the last byte": (end_open_range_before_the_last, "14.1.2"),
    "an open range that is refused": (refuse_open_ranges, "14.1.2"),
    "an unsatisfiable range that is ignored": (ignore_unsatisfiable, "15.5.17"),
    "another unit that is refused": (refuse_units, "14.2"),
    "another unit that is served": (read_any_unit, "14.2"),
    "a unit in capitals that is ignored": (ignore_case, "1"),
    "only the first of several": (keep_only_the_first, "14.1.2"),
    "a part of a malformed list": (serve_the_first_of_a_malformed_list, "14.2"),
    "signs and blanks in numbers": (read_numbers_loosely, "14"),
    "a number beyond 64 bits": (overflow, "14.1.1"),
}
"""Parsers with one mistake each, and the section that the message names."""


FOUND_LATE: Final = (
    "another unit that is refused",
    "another unit that is served",
    "a unit in capitals that is ignored",
    "only the first of several",
    "a part of a malformed list",
    "signs and blanks in numbers",
)
"""Those that take many examples, or much shrinking."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.exhaustive if name in FOUND_LATE else ()) for name in MISTAKES],
)
def test_planted_mistake_is_found(name: str) -> None:
    wrong, section = MISTAKES[name]
    with pytest.raises(AssertionError, match=rf"(?s)^Range: .*found: .*RFC 9110 .*§{section}"):
        assert_range_parser(wrong)


def test_failure_shows_header_size_and_both_results() -> None:
    with pytest.raises(AssertionError) as found:
        assert_range_parser(lambda _header, _size: None, settings=examples(40))

    lines = str(found.value).splitlines()
    assert [line.split()[0] for line in lines] == ["Range:", "of", "expected:", "found:", "RFC"]
    assert "None (ignored)" in lines[3]


@pytest.mark.parametrize("result", [True, [0, 4], [(0,)], "bytes"])
def test_result_of_another_form_is_a_failure(result: Any) -> None:  # Any: a mistake
    with pytest.raises(AssertionError, match=r"found:    (TypeError|ValueError): "):
        assert_range_parser(lambda _header, _size: result, settings=examples(5))


@pytest.mark.parametrize(
    "other",
    [
        lambda header, size: None if "," in header else parse(header, size),
        lambda header, size: coalesce(parse(header, size)),
    ],
    ids=["lists-ignored", "coalesced"],
)
def test_liberties_of_a_server_are_no_failures(other: Parser) -> None:
    """§14.2: a server may ignore a list of ranges; §15.3.7.2: it may coalesce them."""
    assert_range_parser(other, settings=examples(40))


def coalesce(parts: Parts) -> Parts:
    if not parts or len(parts) == 1:
        return parts
    return [(min(start for start, _ in parts), max(stop for _, stop in parts))]
