"""Functions and files of both packages are short enough to be read at once, checked on the source."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Final, NamedTuple

import pytest

from tests.support.sources import nodes_of, tree_of

ROOT: Final = Path(__file__).parent.parent
PACKAGES: Final = ("fake_registry", "pytest_acr")

LONGEST_FUNCTION: Final = 40
LONGEST_FILE: Final = 300
MEDIAN_FUNCTION: Final = 5
NINTH_DECILE: Final = 15
"""All in lines. The last two are of the lengths of all functions."""


class Function(NamedTuple):
    """A function or method, and how many lines its body has without its docstring."""

    place: str
    name: str
    lines: int


def files_in(root: Path) -> list[Path]:
    return sorted(path for package in PACKAGES for path in (root / package).rglob("*.py"))


def functions_in(root: Path) -> Iterator[Function]:
    for path in files_in(root):
        for node in nodes_of(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                place = f"{path.relative_to(root).as_posix()}:{node.lineno}"
                yield Function(place, node.name, lines_of(node))


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body if ast.get_docstring(node) is None else node.body[1:]
    return (node.end_lineno or node.lineno) - body[0].lineno + 1 if body else 0


def long_functions(functions: Iterable[Function]) -> list[str]:
    return [
        f"{found.place}: {found.name} has {found.lines} lines, expected at most {LONGEST_FUNCTION}: "
        "name its steps as functions"
        for found in functions
        if found.lines > LONGEST_FUNCTION
    ]


def long_files(root: Path) -> list[str]:
    sizes = [(path, len(path.read_text(encoding="utf-8").splitlines())) for path in files_in(root)]
    return [
        f"{path.relative_to(root).as_posix()}: {size} lines, expected at most {LONGEST_FILE}: "
        "move one idea to a module of its own"
        for path, size in sizes
        if size > LONGEST_FILE
    ]


def test_no_function_is_long() -> None:
    assert "\n".join(long_functions(functions_in(ROOT))) == ""


def test_no_file_is_long() -> None:
    assert "\n".join(long_files(ROOT)) == ""


def test_most_functions_are_short() -> None:
    sizes = [found.lines for found in functions_in(ROOT)]

    assert len(sizes) > 1000
    assert median(sizes) <= MEDIAN_FUNCTION
    assert quantiles(sizes, n=10)[-1] <= NINTH_DECILE


@pytest.mark.parametrize(("statements", "found"), [(40, []), (41, ["fake_registry/core/a.py:1: f has 41 lines, "])])
def test_planted_long_function_is_found(tmp_path: Path, statements: int, found: list[str]) -> None:
    body = "\n    x = 1" * statements
    plant(tmp_path, f'def f():\n    """Return nothing.\n\n    Two more lines.\n    """{body}\n')

    problems = long_functions(functions_in(tmp_path))

    assert [problem.partition("expected")[0] for problem in problems] == found


@pytest.mark.parametrize(("lines", "found"), [(300, []), (301, ["fake_registry/core/a.py: 301 lines, "])])
def test_planted_long_file_is_found(tmp_path: Path, lines: int, found: list[str]) -> None:
    plant(tmp_path, "x = 1\n" * lines)

    assert [problem.partition("expected")[0] for problem in long_files(tmp_path)] == found


def plant(root: Path, source: str) -> None:
    path = root / "fake_registry" / "core" / "a.py"
    path.parent.mkdir(parents=True)
    path.write_text(source, encoding="utf-8")
