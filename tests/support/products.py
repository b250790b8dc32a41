"""Products of inputs: by default each value of each column occurs once, in the exhaustive tier with all others."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Final, NamedTuple

import pytest

Column = Iterable[object] | Mapping[str, object]
"""The values of an argument, or of several that are set together; a mapping's keys are their ids."""

LONGEST_ID: Final = 40


class Cell(NamedTuple):
    """One value of a column; the first one represents the column in the cases of the others."""

    id: str
    value: object
    is_first: bool


def cross(columns: Mapping[str, Column]) -> pytest.MarkDecorator:
    """Parametrize a test with the product of `columns`, by the names of its arguments: `{"method, path": ...}`.

    A case in which more than one column differs from its first value is marked `exhaustive`. So a test of bad inputs
    to many routes has by default every route with the first input, and every input at the first route.
    """
    names = [name.strip() for arguments in columns for name in arguments.split(",")]
    widths = [arguments.count(",") + 1 for arguments in columns]
    cells = [list(cells_of(column)) for column in columns.values()]

    return pytest.mark.parametrize(names, [case_of(row, widths) for row in product(*cells)])


def cells_of(column: Column) -> Iterator[Cell]:
    named = column.items() if isinstance(column, Mapping) else ((id_of(value), value) for value in column)
    for number, (name, value) in enumerate(named):
        yield Cell(name, value, number == 0)


def id_of(value: object) -> str:
    text = "-".join(map(str, value)) if isinstance(value, tuple) else getattr(value, "__name__", str(value))
    return text if len(text) <= LONGEST_ID else f"{text[:LONGEST_ID]}... ({len(text)})"


def case_of(row: tuple[Cell, ...], widths: list[int]) -> object:
    """Return the case of `row`; a column of several arguments has tuples as its values."""
    values: list[object] = []
    for cell, width in zip(row, widths, strict=True):
        values += cell.value if width > 1 and isinstance(cell.value, tuple) else (cell.value,)

    others = sum(not cell.is_first for cell in row)
    marks = (pytest.mark.exhaustive,) if others > 1 else ()
    return pytest.param(*values, id="-".join(cell.id for cell in row), marks=marks)
