"""How mistakes of clients read, in messages of assertions and in reports of tests."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple

from fake_registry.journal.checks.rule import BrokenRule
from fake_registry.journal.checks.table import RULES
from fake_registry.journal.report import exchange_line
from fake_registry.spec.text import printable
from fake_registry.spec.words import count_text

MOST_MISTAKES: Final = 5
"""The most mistakes against one rule that are shown."""

_MOST_EXCHANGES: Final = 6
"""The most exchanges of one mistake that are shown, the first ones."""


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
    exchanges = tuple(map(exchange_line, mistake.exchanges))
    return MistakeText(rule.name, place, printable(mistake.text), exchanges)


def mistakes_text(mistakes: Iterable[MistakeText], *, most: int | None = MOST_MISTAKES) -> str:
    """Return a part for each broken rule: its sentence, at most `most` mistakes, the remedy, the
    source, and how to allow it.

    None shows all mistakes.
    """
    parts = [_rule_text(name, found, most) for name, found in by_rule(mistakes).items()]
    return "\n".join(parts)


def counts_text(mistakes: Iterable[MistakeText]) -> str:
    """Return the names of the broken rules, each with the number of its mistakes."""
    counts = [f"{name} ({len(found)})" for name, found in by_rule(mistakes).items()]
    return f"mistakes of clients: {', '.join(counts)}"


def by_rule(mistakes: Iterable[MistakeText]) -> dict[str, list[MistakeText]]:
    """Return the mistakes by the name of their rule, in the order of the table."""
    found = defaultdict(list)
    for mistake in mistakes:
        found[mistake.rule].append(mistake)
    return {rule.name: found[rule.name] for rule in RULES if rule.name in found}


def _rule_text(name: str, mistakes: Sequence[MistakeText], most: int | None) -> str:
    [rule] = [rule for rule in RULES if rule.name == name]
    shown = mistakes[:most]
    lines = [line for mistake in shown for line in _mistake_lines(mistake)]
    if len(mistakes) > len(shown):
        lines.append(f"  and {count_text(len(mistakes) - len(shown), 'more mistake')}")

    remedies = [
        f"  instead: {rule.example}",
        f"  source: {rule.source}",
        f'  to allow it: allow=["{rule.name}"]',
    ]
    return "\n".join([f"{rule.name}: {rule.sentence}", *lines, *remedies])


def _mistake_lines(mistake: MistakeText) -> Iterator[str]:
    place = f"{mistake.place}: " if mistake.place else ""
    yield f"  {place}{mistake.text}"

    shown = mistake.exchanges[:_MOST_EXCHANGES]
    yield from [f"    {exchange}" for exchange in shown]
    if len(mistake.exchanges) > len(shown):
        yield f"    and {count_text(len(mistake.exchanges) - len(shown), 'more request')}"
