"""How mistakes of clients read, in messages of assertions and in reports of tests."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from fake_registry.journal.checks.rule import BrokenRule
from fake_registry.journal.checks.table import RULES
from fake_registry.spec.text import printable
from fake_registry.spec.words import count_text

MOST_MISTAKES: Final = 5
"""The most mistakes against one rule that are shown."""


class MistakeText(NamedTuple):
    """A mistake as text. It has only texts, so that it can be sent to another process."""

    rule: str
    """The name of the rule."""
    place: str
    """Where the mistake is, such as a test or a registry; may be empty."""
    text: str
    exchanges: Sequence[str]


def text_of(broken: BrokenRule, place: str = "") -> MistakeText:
    """Return a mistake as text."""
    rule, mistake = broken
    exchanges = tuple(map(str, mistake.exchanges))
    return MistakeText(rule.name, place, printable(mistake.text), exchanges)


def mistakes_text(mistakes: Iterable[MistakeText], *, most: int | None = MOST_MISTAKES) -> str:
    """Return a part for each broken rule: its sentence, at most `most` mistakes, the remedy, the
    source, and how to allow it.

    None shows all mistakes.
    """
    return "\n".join(line for name, found in by_rule(mistakes).items() for line in _lines_of(name, found, most))


def by_rule(mistakes: Iterable[MistakeText]) -> dict[str, list[MistakeText]]:
    """Return the mistakes by the name of their rule, in the order of the table."""
    found = defaultdict(list)
    for mistake in mistakes:
        found[mistake.rule].append(mistake)
    return {rule.name: found[rule.name] for rule in RULES if rule.name in found}


def _lines_of(name: str, mistakes: Sequence[MistakeText], most: int | None) -> Iterator[str]:
    [rule] = [rule for rule in RULES if rule.name == name]
    shown = mistakes[:most]

    yield f"{rule.name}: {rule.sentence}"
    for mistake in shown:
        place = f"{mistake.place}: " if mistake.place else ""
        yield f"  {place}{mistake.text}"
        yield from [f"    {exchange}" for exchange in mistake.exchanges]
    if len(mistakes) > len(shown):
        yield f"  and {count_text(len(mistakes) - len(shown), 'more mistake')}"

    yield f"  instead: {rule.example}"
    yield f"  source: {rule.source}"
    yield f'  to allow it: allow=["{rule.name}"]'
