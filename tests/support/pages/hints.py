"""docs/reference/hints.md: the hints in the report of a failed test."""

from typing import Final

from fake_registry.journal.hints import HINTS
from tests.support.pages.markdown import code, first_paragraph, table

HEAD: Final = """\
# Hints

Known mistakes that the requests of a failed test can show. The report then has a line `hint:` with the
names and numbers of the case: see [Reading a failed test](../how-to/reading-a-failure.md). Written by
`python -m tests.support.pages` from `fake_registry/journal/hints.py`.

"""


def hints_page() -> str:
    """Return the page."""
    rows = ((code(hint.__name__), first_paragraph(hint.__doc__)) for hint in HINTS)
    return HEAD + table(("hint", "what the requests show"), rows)
