"""The assertion that clients broke no rule of strict mode."""

from collections.abc import Iterable

from fake_registry.journal.checks.table import mistakes_in
from fake_registry.journal.checks.texts import mistakes_text, text_of
from fake_registry.journal.reading import Reading, found_text
from fake_registry.spec.words import count_text


def check_mistakes(reading: Reading, allow: Iterable[str]) -> None:
    """Raise AssertionError for a mistake of a client, or if exchanges were dropped that may have one.

    ValueError, with the names of the rules, for an unknown one in `allow`.
    """
    __tracebackhide__ = True
    found = mistakes_in(reading.exchanges, allow)
    if not found and reading.dropped == 0:
        return

    expected = "expected no mistakes of clients"
    if not found:
        raise AssertionError(f"{expected}, {found_text('none', reading)}")

    number = count_text(len(found), "mistake")
    text = mistakes_text(map(text_of, found))
    raise AssertionError(f"{expected}, found {number} (docs/how-to/strict-checks.md):\n{text}")
