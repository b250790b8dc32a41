"""Logins before a call: the call without a token, the token requests, then the call again.

The Azure SDK sends every call first without a token (acr-behaviour 3.1), so that of four requests
three are of no interest to the reader of a journal.
"""

from collections.abc import Iterable
from typing import Final

from fake_registry.journal.exchange import Exchange
from fake_registry.spec.endpoints import ENDPOINTS, Family
from fake_registry.spec.errors import NO_CREDENTIALS

_LOGINS: Final = frozenset(row.name for row in ENDPOINTS if row.family is Family.OAUTH)


def is_probe(exchange: Exchange) -> bool:
    """Return whether a call was refused just because it had no token."""
    return exchange.status == 401 and exchange.failure == NO_CREDENTIALS


def is_login(exchange: Exchange) -> bool:
    """Return whether an exchange is a request for a token."""
    return exchange.endpoint in _LOGINS


def logins_before_calls(exchanges: Iterable[Exchange]) -> frozenset[int]:
    """Return the numbers of calls without a token and of successful token requests, of those calls
    that came again with a token. One that a fault has struck is not among them."""
    pending: dict[tuple[str, str], int] = {}
    found: set[int] = set()

    for exchange in exchanges:
        call = (exchange.method, exchange.path)
        is_struck = bool(exchange.faults)
        if is_probe(exchange) and not is_struck:
            pending[call] = exchange.number
        elif is_login(exchange) and exchange.status == 200 and not is_struck:
            found.add(exchange.number)
        elif call in pending:
            found.add(pending.pop(call))
    return frozenset(found)
