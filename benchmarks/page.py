"""Writes the table into docs/reference/performance.md, between two markers."""

from collections.abc import Iterable
from pathlib import Path

from benchmarks.table import Row, render_markdown

PAGE = Path(__file__).parents[1] / "docs/reference/performance.md"

START = "<!-- table: python -m benchmarks --write -->\n"
END = "<!-- end of table -->\n"


def write_table(rows: Iterable[Row], note: str) -> None:
    """Replace the table of the page; `note` says how the run went."""
    PAGE.write_text(with_table(PAGE.read_text("utf-8"), rows, note), encoding="utf-8")


def with_table(text: str, rows: Iterable[Row], note: str) -> str:
    """Return the page with another table. Raises ValueError if a marker is absent."""
    head, start, rest = text.partition(START)
    _, end, tail = rest.partition(END)
    if not start or not end:
        raise ValueError(f"expected the lines {START.strip()!r} and {END.strip()!r} in the page")

    return f"{head}{START}\n{note}\n\n{render_markdown(rows)}\n{END}{tail}"
