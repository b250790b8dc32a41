"""The file with the budgets of a suite: JSON, with one number on each line.

A changed number is a changed line, and a new test is a block of its own. Tests are sorted by node
id. docs/how-to/budgets.md describes the format.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NoReturn

from fake_registry.atomic_file import check_replaceable, replacement_of
from fake_registry.spec.json_object import as_kind, member
from fake_registry.spec.words import short_text
from pytest_acr.budgets.budgets import NUMBERS, BudgetNumbers, SuiteBudgets

VERSION: Final = 1

_MEMBERS: Final = ("version", "tolerance", "tests")

_MAX_TOLERANCE: Final = 10

_MAX_NUMBER: Final = 2**63 - 1

JsonMembers = Mapping[str, Any]  # Any: a JSON value, checked when it is read


def read_budgets(path: Path) -> SuiteBudgets:
    """Return the budgets in a file.

    Raises FileNotFoundError if there is none, another OSError if it cannot be read or is no file,
    ValueError with the place and the reason if it is malformed.
    """
    check_replaceable(path)
    return parse_budgets(path.read_bytes())


def write_budgets(path: Path, budgets: SuiteBudgets) -> None:
    """Replace the file at `path` atomically. OSError if it cannot be written."""
    with replacement_of(path) as file:
        file.write(encode_budgets(budgets))


def encode_budgets(budgets: SuiteBudgets) -> bytes:
    """Return the content of the file."""
    tests = {node_id: _in_order(budgets.tests[node_id]) for node_id in sorted(budgets.tests)}
    document = {"version": VERSION, "tolerance": _json_of(budgets.tolerance), "tests": tests}
    text = json.dumps(document, indent=2, ensure_ascii=False)
    return f"{text}\n".encode()


def parse_budgets(content: bytes) -> SuiteBudgets:
    """Return the budgets in the content of a file. ValueError if it is malformed."""
    document = as_kind(_decode(content), dict, "the file")
    version = member(document, "version", int)
    if version != VERSION:
        raise ValueError(f"expected version {VERSION}, found {version}")

    _check_members(document, _MEMBERS, "the file")
    tests = member(document, "tests", dict)
    return SuiteBudgets(
        tolerance=_tolerance_in(document),
        tests={node_id: _numbers_in(value, node_id) for node_id, value in tests.items()},
    )


def _json_of(tolerance: Decimal) -> int | float:
    is_whole = tolerance == int(tolerance)
    return int(tolerance) if is_whole else float(tolerance)


def _in_order(numbers: BudgetNumbers | None) -> BudgetNumbers | None:
    return None if numbers is None else {name: numbers[name] for name in NUMBERS}


def _decode(content: bytes) -> object:
    try:
        return json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object_of,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise ValueError(f"{place}: expected JSON: {error.msg}") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"expected UTF-8, found something else at byte {error.start}") from None
    except RecursionError:
        raise ValueError("expected JSON, found values nested too deeply") from None


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if not _has_utf8(key):
            raise ValueError(f"expected Unicode, found a lone surrogate in {key!a}")
        if key in found:
            raise ValueError(f"expected each key once, found {short_text(key)} again")
        found[key] = value
    return found


def _has_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"expected JSON, found {name}")


def _check_members(members: JsonMembers, expected: tuple[str, ...], where: str) -> None:
    """Raise ValueError unless there are exactly the expected members."""
    if members.keys() == set(expected):
        return

    found = ", ".join(map(short_text, members)) or "none"
    raise ValueError(f"{where}: expected the members {', '.join(expected)}, found {found}")


def _tolerance_in(document: JsonMembers) -> Decimal:
    value = document["tolerance"]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise ValueError("tolerance: expected a number, such as 0.1 for 10 per cent")
    if not 0 <= value <= _MAX_TOLERANCE:
        raise ValueError(f"tolerance: expected a number from 0 to {_MAX_TOLERANCE}, found {value}")
    return Decimal(str(value))  # of the digits in the file: the float 0.07 is a little more


def _numbers_in(value: object, node_id: str) -> BudgetNumbers | None:
    if value is None:
        return None

    where = short_text(node_id)
    numbers = as_kind(value, dict, where)
    _check_members(numbers, NUMBERS, where)
    return {name: _count_in(numbers[name], f"{where}: {name}") for name in NUMBERS}


def _count_in(value: object, where: str) -> int:
    number = as_kind(value, int, where)
    if not 0 <= number <= _MAX_NUMBER:
        raise ValueError(f"expected {where} to be from 0 to 2^63 - 1, found another number")
    return number
