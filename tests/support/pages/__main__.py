"""Writes the pages of the reference that are generated: python -m tests.support.pages."""

from tests.support.pages.table import PAGES

for path, write in PAGES.items():
    path.write_text(write(), encoding="utf-8")
