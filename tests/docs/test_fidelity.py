"""docs/reference/fidelity.md has a row for every route and every quirk, and each row's tests are there."""

import ast
import dataclasses
import re
from functools import cache
from pathlib import Path

import pytest

from fake_registry.settings import Settings
from fake_registry.spec.endpoints import ENDPOINTS
from tests.support.fidelity import PAGE, operations_at_odds, rows_of

_LINK = re.compile(r"\[([^\]]+)\]\((\.\./\.\./tests/[^)]+\.py)\)")

SECTIONS = ("Operations", "Rules", "Quirks")
ROWS = [row for section in SECTIONS for row in rows_of(section)]


@cache
def defined_in(path: Path) -> frozenset[str]:
    """Return the names of the test functions and methods in a file."""
    found = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def test_every_route_has_its_row() -> None:
    assert "\n".join(operations_at_odds(ENDPOINTS)) == ""


def test_every_quirk_has_its_row_with_its_values() -> None:
    quirks = {
        field.name: (str(field.metadata["acr"]), str(field.metadata["oci"]))
        for field in dataclasses.fields(Settings)
        if field.metadata
    }
    assert {row[0].strip("`"): (row[1].strip("`"), row[2].strip("`")) for row in rows_of("Quirks")} == quirks


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_row_says_how_we_know_and_names_tests_that_exist(row: list[str]) -> None:
    assert all(row)
    links = _LINK.findall(row[-1])
    assert links
    absent = [name for name, path in links if name not in defined_in((PAGE.parent / path).resolve())]
    assert ", ".join(absent) == ""


@pytest.mark.parametrize("row", rows_of("Operations") + rows_of("Quirks"), ids=lambda row: row[0])
def test_row_carries_a_mark(row: list[str]) -> None:
    assert "[C]" in row[-2] or "[I]" in row[-2]
