"""The clients that sent the exchanges, as far as a journal shows: by their User-Agent.

Two clients of one library have the same, and are one client here.
"""

from collections.abc import Iterable

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.standing import effective_faults


def client_of(exchange: Exchange) -> str:
    """Return the User-Agent; empty without one."""
    return exchange.request_header("User-Agent") or ""


def by_client(exchanges: Iterable[Exchange]) -> dict[str, list[Exchange]]:
    """Return the exchanges of each client, in their order."""
    found: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        found.setdefault(client_of(exchange), []).append(exchange)
    return found


def is_struck(exchange: Exchange) -> bool:
    """Return whether a fault struck with an effect."""
    return len(effective_faults(exchange)) > 0
