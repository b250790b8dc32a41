"""Rules of strict mode over exchanges of any kind: none raises, and each takes linear time."""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.journal.checks.rule import ClientRule
from fake_registry.journal.checks.table import RULES, mistakes_in
from fake_registry.journal.exchange import Exchange
from fake_registry.spec.endpoints import ENDPOINTS, Family
from tests.support.exchanges import calls, exchanges

_OF_ALL: Final = frozenset(row.name for row in ENDPOINTS if row.family is Family.OAUTH)
"""The endpoints of no repository: a login is one for all."""


def numbered(items: Iterable[Exchange]) -> list[Exchange]:
    return [replace(exchange, number=number) for number, exchange in enumerate(items)]


@given(st.lists(exchanges(), max_size=10), calls("dev/web", "tool/1.0"))
def test_no_exchange_makes_a_rule_raise(others: list[Exchange], own: list[Exchange]) -> None:
    for broken in mistakes_in(numbered([*others, *own])):
        assert str(broken)
        assert set(broken.mistake.exchanges) <= set(numbered([*others, *own]))


@given(calls("dev/web", "tool/1.0"), calls("dev/api", "other/1.0"), st.randoms(use_true_random=False))
def test_work_in_another_repository_by_another_client_changes_no_mistake(
    own: list[Exchange], others: list[Exchange], random: Random
) -> None:
    others = [exchange for exchange in others if exchange.endpoint not in _OF_ALL]
    mixed = [*own, *others]
    places = random.sample(range(len(mixed)), k=len(own))
    order = iter(others)
    merged: list[Exchange | None] = [None] * len(mixed)
    for place, exchange in zip(sorted(places), own, strict=True):
        merged[place] = exchange
    together = numbered([exchange or next(order) for exchange in merged])

    alone = [exchange for exchange in together if exchange.repository == "dev/web"]
    found = [broken for broken in mistakes_in(together) if _is_about(broken.mistake.exchanges, "dev/web")]
    assert found == mistakes_in(alone)


def _is_about(exchanges: Sequence[Exchange], repository: str) -> bool:
    return any(exchange.repository == repository for exchange in exchanges)
