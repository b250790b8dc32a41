"""The table of a sweep: a row for each call, a column for each effect."""

from collections.abc import Mapping, Sequence
from typing import Final

from pytest_acr.sweeping.outcome import RunOutcome

_WIDTH: Final = 100
"""The most characters of a line with the names of all columns."""

LEGEND: Final = ", ".join([f"{one.letter} {one.text}" for one in RunOutcome])


def table_text(rows: Mapping[str, Mapping[str, str]], columns: Sequence[str]) -> str:
    """Return the rows with the letters of their columns. A column without letters is left out.

    Where the names of the columns are too long for one line, they are numbered, and listed below.
    """
    used = [name for name in columns if any(name in letters for letters in rows.values())]
    first = max([len(call) for call in rows], default=0)
    is_wide = first + sum(len(name) + 2 for name in used) > _WIDTH
    headings = {name: str(place) if is_wide else name for place, name in enumerate(used, start=1)}

    lines = [_line("", first, dict(headings.items()), headings)]
    lines += [_line(call, first, letters, headings) for call, letters in rows.items() if letters]
    if is_wide:
        lines += [f"{heading} {name}" for name, heading in headings.items()]
    return "\n".join([*lines, f"({LEGEND})"])


def _line(
    call: str,
    width: int,
    cells: Mapping[str, str],
    headings: Mapping[str, str],
) -> str:
    texts = [cells.get(name, "").ljust(len(heading)) for name, heading in headings.items()]
    return "  ".join([call.ljust(width), *texts]).rstrip()
