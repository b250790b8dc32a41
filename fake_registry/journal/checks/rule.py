"""`ClientRule`: a rule of strict mode, and `ClientMistake`: what a client did against it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from fake_registry.journal.exchange import Exchange


@dataclass(frozen=True, kw_only=True)
class ClientMistake:
    """Exchanges in which a client broke a rule."""

    exchanges: tuple[Exchange, ...]
    """At least one, oldest first; the last is the one that broke the rule."""
    text: str
    """What the client did in these exchanges, without their numbers: `#3` and so on come with each."""


@dataclass(frozen=True, kw_only=True)
class ClientRule:
    """A rule for clients that a registry does not enforce."""

    name: str
    """Words in lower case with hyphens, such as `login-per-call`: the mistake, and not the rule."""
    sentence: str
    """What a client does that breaks the rule, and the harm of it."""
    source: str
    """The section of a specification or the page that demands it, or the measurement behind it."""
    example: str
    """What a client does instead."""
    find: Callable[[Sequence[Exchange]], Iterable[ClientMistake]]
    """Returns the mistakes in the exchanges of one registry, oldest first. It raises nothing.

    A request that a fault struck, or that came again because of one, is no mistake. Exchanges at
    the beginning may be missing, because a journal keeps the last ones: they may have done right.
    """


class BrokenRule(NamedTuple):
    """A rule, and a mistake that breaks it."""

    rule: ClientRule
    mistake: ClientMistake

    def __str__(self) -> str:
        numbers = ", ".join([f"#{exchange.number}" for exchange in self.mistake.exchanges])
        return f"{self.rule.name}: {self.mistake.text} ({numbers})"
