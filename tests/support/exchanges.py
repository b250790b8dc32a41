"""Exchanges as the journal keeps them, without a registry."""

from collections.abc import Sequence
from itertools import count
from typing import Any

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.exchanges import Exchanges

PLAIN = Exchange(
    number=0,
    time=1_790_000_000_000_000_000,
    method="GET",
    host="fake.azurecr.io",
    path="/v2/",
    query="",
    endpoint="base",
    repository=None,
    reference=None,
    status=200,
    errors=(),
    failure=None,
    principal=None,
    faults=(),
    request_bytes=0,
    response_bytes=2,
    request_headers=(("Host", "fake.azurecr.io"),),
    response_headers=(("Content-Type", "application/json"), ("Content-Length", "2")),
)


def exchange_of(**fields: Any) -> Exchange:  # Any: the fields' own types
    """Return an exchange that differs from PLAIN in these fields."""
    plain = {name: getattr(PLAIN, name) for name in Exchange.__dataclass_fields__}
    return Exchange(**plain | fields)


def exchanges_of(*items: dict[str, Any]) -> Exchanges:  # Any: the fields' own types
    """Return exchanges with these fields, numbered in their order."""
    numbers = count()
    made = tuple(exchange_of(number=next(numbers), **fields) for fields in items)
    return live_exchanges(made)


def live_exchanges(items: Sequence[Exchange]) -> Exchanges:
    """Return a view of `items` that grows as they do."""
    return Exchanges(lambda: tuple(items))
