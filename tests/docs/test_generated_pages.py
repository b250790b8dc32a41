"""Pages of the reference that are written from the code, as it is today."""

from pathlib import Path

import pytest

from tests.support.pages.table import PAGES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_is_written_from_the_code(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == PAGES[path](), "run python -m tests.support.pages"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_cell_is_empty_that_explains_a_row(path: Path) -> None:
    rows = [line.strip("|").split(" | ") for line in PAGES[path]().splitlines() if line.startswith("| `")]
    explained = 3 if path.stem == "options" else 1
    assert len(rows) > 5
    assert [row for row in rows if not row[explained].strip()] == []
