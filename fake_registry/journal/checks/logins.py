"""Rules about the registry's tokens: expired ones, and those requested again and again."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final
from urllib.parse import parse_qs

from fake_registry.clock import SECOND_NS
from fake_registry.journal.checks.clients import by_client, client_of, is_struck
from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import is_login, is_probe
from fake_registry.spec.endpoints import ENDPOINTS, Action, EndpointName

_EXPIRED: Final = "access token expired"
"""The beginning of the reason for which the registry refuses such a token."""

_SHORTEST_LIFE_NS: Final = 60 * SECOND_NS
"""The nanoseconds for which each token is valid at least (`expires_in` of Docker's tokens)."""

_FEWEST_LOGINS: Final = 3
"""The fewest logins for one scope that are reported: two may belong to two clients."""

_NEEDS: Final = {row.name: row.needs for row in ENDPOINTS if row.needs is not None}
"""The actions that the token must allow, by endpoint."""

_Scope = tuple[str | None, tuple[Action, ...], str | None, tuple[str, ...]]
"""The repository, the actions on it, the principal, and the scopes that the login has named in its
query: those of a form are not in the journal."""


class _RefusedCalls:
    """The calls of one client with an expired token since the last login."""

    def __init__(self) -> None:
        self._first: dict[tuple[str, str], Exchange] = {}
        """The first of each call, by its method and target."""
        self._is_reported = False

    def add(self, exchange: Exchange, *, login_follows: bool) -> Iterator[ClientMistake]:
        """Count a refused call. Yields the first mistake."""
        call = (exchange.method, exchange.target)
        earlier = self._first.setdefault(call, exchange)
        if earlier is exchange and not login_follows:
            earlier = next(iter(self._first.values()))

        if earlier is not exchange and not self._is_reported:
            self._is_reported = True
            done = f"sent {exchange.endpoint} with an expired token"
            text = f"{done} after one was refused as expired"
            yield ClientMistake(exchanges=(earlier, exchange), text=text)


def _find_expired_tokens(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield calls with a token that the client knew to have expired.

    A token may expire while a client works, and a client need not look at the clock: the first
    refusal is no mistake, and a login follows it, whichever client sends that: some programs have
    another one for it. These are mistakes, with no login in between:

    - the same call with the expired token once more;
    - several calls with expired tokens, after which no login comes at all. Calls that are sent at
      the same time are refused together, so that before a login any number of them is allowed.
    """
    last_login = max([place for place, one in enumerate(exchanges) if is_login(one)], default=-1)
    periods: dict[str, _RefusedCalls] = {}

    for place, exchange in enumerate(exchanges):
        if is_login(exchange):
            periods.clear()
        elif _has_expired(exchange):
            period = periods.setdefault(client_of(exchange), _RefusedCalls())
            yield from period.add(exchange, login_follows=place < last_login)


def _find_logins_per_call(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield the logins of each client that requests a token for each call.

    They are at least three with the same scopes for the same repository, actions and principal, each
    within 60 seconds of the one before, and no token serves for a second call. A login after a
    token was refused is no mistake; neither are several logins before one call, as concurrent tasks
    send them. A GET of the base without a token begins the work of another process: docker, skopeo
    and others send it.
    """
    for own in by_client(exchanges).values():
        logins, calls = _logins_and_calls(own)
        for scope, used in logins.items():
            if len(used) == calls[scope] and _is_row(used):
                place = scope[0] or "the registry"
                text = f"requested {len(used)} tokens for {len(used)} calls on {place}, where one is enough"
                yield ClientMistake(exchanges=tuple(used[:_FEWEST_LOGINS]), text=text)


def _has_expired(exchange: Exchange) -> bool:
    """Return whether a call was refused because its token has expired, and not by a fault."""
    return (exchange.failure or "").startswith(_EXPIRED) and not is_struck(exchange)


def _logins_and_calls(
    exchanges: Sequence[Exchange],
) -> tuple[dict[_Scope, list[Exchange]], dict[_Scope, int]]:
    """Return the logins of one client and the number of its calls, by scope.

    A login has the scope of the call after it, for which its token is used first.
    """
    logins: dict[_Scope, list[Exchange]] = {}
    calls: dict[_Scope, int] = {}
    login: Exchange | None = None
    named: tuple[str, ...] = ()
    has_reason = False

    for exchange in exchanges:
        if exchange.endpoint == EndpointName.OAUTH_TOKEN:
            named = tuple(sorted(parse_qs(exchange.query).get("scope", [])))
            is_needless = exchange.status == 200 and not is_struck(exchange) and not has_reason
            login = exchange if is_needless else None
        elif _is_reason_to_log_in(exchange):
            has_reason = True
        elif _has_token(exchange):
            scope = (*_needs_of(exchange), named)
            calls[scope] = calls.get(scope, 0) + 1
            if login is not None:
                logins.setdefault(scope, []).append(login)
            login, has_reason = None, False
    return logins, calls


def _is_reason_to_log_in(exchange: Exchange) -> bool:
    """Return whether the client has no valid token: one was refused, or it has just begun."""
    is_beginning = exchange.endpoint == EndpointName.BASE
    return exchange.status == 401 and (is_beginning or not is_probe(exchange))


def _has_token(exchange: Exchange) -> bool:
    """Return whether a call was authorized by a token."""
    scheme, _, _ = (exchange.request_header("Authorization") or "").partition(" ")
    is_authorized = exchange.principal is not None and exchange.endpoint in _NEEDS
    return is_authorized and scheme.lower() == "bearer"


def _needs_of(exchange: Exchange) -> tuple[str | None, tuple[Action, ...], str | None]:
    needs = _NEEDS[EndpointName(exchange.endpoint or "")]
    return exchange.repository, needs, exchange.principal


def _is_row(logins: Sequence[Exchange]) -> bool:
    """Return whether there are enough logins, each while the token of the one before is valid."""
    gaps = [later.time - earlier.time for earlier, later in pairwise(logins)]
    return len(logins) >= _FEWEST_LOGINS and all(0 <= gap < _SHORTEST_LIFE_NS for gap in gaps)


EXPIRED_TOKEN_USED: Final = ClientRule(
    name="expired-token-used",
    sentence="A token is used again after it was refused as expired, so that no call succeeds.",
    source="RFC 6750 §3.1, invalid_token: the client may request a new token and repeat the call",
    example="After a 401 for an expired token request a new one, and send the call again with it.",
    find=_find_expired_tokens,
)

LOGIN_PER_CALL: Final = ClientRule(
    name="login-per-call",
    sentence="A token is requested for each call, while one for the same scope is still valid.",
    source=(
        "Docker token authentication, expires_in: a token is valid for at least 60 seconds; "
        "Azure/acr AAD-OAuth: access tokens of ACR for 75 minutes"
    ),
    example="Keep each access token by its scope until shortly before its `exp`, and use it again.",
    find=_find_logins_per_call,
)
