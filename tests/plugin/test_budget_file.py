"""The file with the budgets of a suite: its text, and what is refused."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_acr.budgets.budget_file import encode_budgets, parse_budgets, read_budgets, write_budgets
from pytest_acr.budgets.budgets import SuiteBudgets

NUMBERS: Final = {"requests": 4, "bytes_sent": 120, "bytes_received": 1024, "logins": 1}

TEXT: Final = """\
{
  "version": 1,
  "tolerance": 0.1,
  "tests": {
    "tests/test_a.py::test_ä[x::y]": {
      "requests": 4,
      "bytes_sent": 120,
      "bytes_received": 1024,
      "logins": 1
    },
    "tests/test_b.py::test": null
  }
}
"""

BUDGETS: Final = SuiteBudgets(tests={"tests/test_b.py::test": None, "tests/test_a.py::test_ä[x::y]": NUMBERS})


def document(**members: Any) -> bytes:
    """Return the content of a file with some other members; None leaves one out."""
    members = {"version": 1, "tolerance": 0.1, "tests": {}} | members
    return json.dumps({name: value for name, value in members.items() if value is not None}).encode()


def test_each_number_has_a_line() -> None:
    assert encode_budgets(BUDGETS).decode() == TEXT
    assert parse_budgets(TEXT.encode()) == BUDGETS


@pytest.mark.parametrize("tolerance", ["0", "1", "0.07", "2.5"])
def test_tolerance_stays_as_it_is_written(tolerance: str) -> None:
    text = TEXT.replace("0.1", tolerance)
    budgets = parse_budgets(text.encode())

    assert budgets.tolerance == Decimal(tolerance)
    assert encode_budgets(budgets).decode() == text


@pytest.mark.parametrize(
    ("tolerance", "limit", "highest"),
    [("0", 3, 3), ("0.1", 9, 9), ("0.1", 10, 11), ("0.07", 100, 107), ("0.29", 100, 129), ("1", 0, 0)],
)
def test_tolerance_is_exact(tolerance: str, limit: int, highest: int) -> None:
    budgets = SuiteBudgets(tolerance=Decimal(tolerance), tests={"test": NUMBERS | {"requests": limit}})

    assert budgets.exceeded_by("test", NUMBERS | {"requests": highest}) == []
    [exceeded] = budgets.exceeded_by("test", NUMBERS | {"requests": highest + 1})
    assert (exceeded.name, exceeded.budget, exceeded.found) == ("requests", limit, highest + 1)


def test_budget_can_be_lowered_by_more_than_the_tolerance() -> None:
    budgets = SuiteBudgets(tests={"test": NUMBERS, "exempt": None})

    assert not budgets.can_lower("test", NUMBERS | {"bytes_sent": 108})
    assert budgets.can_lower("test", NUMBERS | {"bytes_sent": 107})
    assert budgets.can_lower("test", NUMBERS | {"logins": 0})
    assert not budgets.can_lower("exempt", NUMBERS | {"logins": 0})


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "line 1, column 1: expected JSON: Expecting value"),
        (b'{\n"version": 1,\n}', "line .*: expected JSON: "),
        (b"\xff", "expected UTF-8, found something else at byte 0"),
        (b"[" * 100_000, "expected JSON, found values nested too deeply"),
        (b'{"tolerance": NaN}', "expected JSON, found NaN"),
        (rb'{"a::\ud800": 1}', r"expected Unicode, found a lone surrogate in 'a::\\ud800'"),
        (b'{"a::b": 1, "a::b": 2}', "expected each key once, found a::b again"),
        (b"[]", "expected the file to be an object, found a list"),
        (document(version=None), "expected version, found none"),
        (document(version="1"), "expected version to be an integer, found a string"),
        (document(version=2, more=1), "expected version 1, found 2"),
        (document(more=1), "the file: expected the members version, tolerance, tests, found .*, more"),
        (document(tests=None), "the file: expected the members .*, found version, tolerance"),
        (document(tests=[]), "expected tests to be an object, found a list"),
        (document(tolerance="0.1"), "tolerance: expected a number, such as 0.1 for 10 per cent"),
        (document(tolerance=True), "tolerance: expected a number, such as "),
        (document(tolerance=-0.1), "tolerance: expected a number from 0 to 10, found -0.1"),
        (document(tolerance=10.5), "tolerance: expected a number from 0 to 10, found 10.5"),
        (document().replace(b"0.1", b"1e999"), "tolerance: expected a number from 0 to 10, found inf"),
        (document(tests={"a::b": 1}), "expected a::b to be an object, found an integer"),
        (document(tests={"a::b": {}}), "a::b: expected the members requests, .*, logins, found none"),
        (document(tests={"a::b": NUMBERS | {"pulls": 1}}), "a::b: expected the members .*, logins, pulls"),
        (document(tests={"a::b": NUMBERS | {"logins": 1.0}}), "expected a::b: logins to be an integer, found a number"),
        (document(tests={"a::b": NUMBERS | {"logins": True}}), "expected a::b: logins to be an integer, found a bool"),
        (document(tests={"a::b": NUMBERS | {"logins": -1}}), "expected a::b: logins to be from 0 to 2.63 - 1"),
        (document(tests={"a::b": NUMBERS | {"logins": 2**63}}), "expected a::b: logins to be from 0 to 2.63 - 1"),
    ],
)
def test_malformed_file_is_refused_with_the_place(content: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parse_budgets(content)


def test_file_is_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "budgets.json"
    write_budgets(path, SuiteBudgets())
    write_budgets(path, BUDGETS)

    assert read_budgets(path) == BUDGETS
    assert list(tmp_path.iterdir()) == [path]
