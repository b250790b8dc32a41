"""Tables of Markdown."""

from collections.abc import Iterable, Sequence


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, whose cells are Markdown; a bar in one of them is escaped."""
    lines = [row_of(titles), f"|{'---|' * len(titles)}\n", *map(row_of, rows)]
    return "".join(lines)


def row_of(cells: Sequence[str]) -> str:
    """Return the line of a row."""
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |\n"


def code(text: object) -> str:
    """Return a text as code; nothing for an empty one."""
    return f"`{text}`" if str(text) else ""


def first_paragraph(docstring: str | None) -> str:
    """Return the first paragraph of a docstring in one line."""
    return " ".join((docstring or "").strip().partition("\n\n")[0].split())
