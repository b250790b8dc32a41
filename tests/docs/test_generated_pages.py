"""Pages of the reference that are written from the code, as it is today."""

from pathlib import Path
from typing import Final

import pytest

from tests.support.pages.table import PAGES

EXPLAINED: Final = {"fixtures": 4, "options": 3, "settings": 3}
"""The number of the column that explains a row, where it is not the second."""


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_page_is_written_from_the_code(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == PAGES[path](), "run python -m tests.support.pages"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_no_cell_is_empty_that_explains_a_row(path: Path) -> None:
    rows = [line.strip("|").split(" | ") for line in PAGES[path]().splitlines() if line.startswith("| `")]
    explained = EXPLAINED.get(path.stem, 1)
    assert len(rows) > 5
    assert [row for row in rows if not row[explained].strip()] == []
