"""The assertion that clients broke no rule of strict mode."""

from collections.abc import Iterable

from fake_registry.journal.checks.table import mistakes_in
from fake_registry.journal.checks.texts import counts_text, mistakes_text, text_of
from fake_registry.journal.reading import Reading, found_text


def check_mistakes(reading: Reading, allow: Iterable[str]) -> None:
    """Raise AssertionError for a mistake of a client, or if exchanges were dropped that may have one.

    ValueError, with the names of the rules, for an unknown one in `allow`.
    """
    __tracebackhide__ = True
    found = mistakes_in(reading.exchanges, allow)
    if not found and reading.dropped == 0:
        return

    if not found:
        none = found_text("none", reading)
        raise AssertionError(f"expected no mistakes of clients, {none}")

    texts = [text_of(broken) for broken in found]
    raise AssertionError(f"{counts_text(texts)}\n{mistakes_text(texts)}")
