"""ACR's login as a flow: from a challenge to the Authorization that answers it, no I/O (Azure/acr AAD-OAuth).

Tokens are kept until shortly before they expire, access tokens by what they are for, and go to the registry alone. A
driver, which is a policy of azure-core's pipeline, performs the commands.
"""

import base64
import json
import threading
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Final

from fake_registry.spec.json_object import decode_object, member
from fake_registry.wire import calls
from fake_registry.wire.answers import Answer, decode_token
from fake_registry.wire.calls import CallRequest, same_origin
from fake_registry.wire.challenge import Challenge, parse_challenges

MARGIN_S: Final = 300
"""How long before its end a token is replaced: five minutes, or half of what it has where it lives for less."""


@dataclass(frozen=True, slots=True)
class GetToken:
    """Ask the credential for a token of Entra's; the result is its text."""

    audience: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a request of the login itself; the result is the `Answer`."""

    call: CallRequest


# Any: what a command gives, text or an Answer
LoginFlow = Generator[GetToken | Ask, Any, "str | Answer | None"]


@dataclass(frozen=True)
class _Kept:
    text: str = field(repr=False)
    until: float


class Keyring:
    """One client's tokens. Safe to use from several threads: at worst two of them fetch the same one."""

    def __init__(self, registry: str, *, audience: str, anonymous: bool) -> None:
        """`registry` is the endpoint that tokens are for; `anonymous` says that there is no credential."""
        self.registry = registry
        self._audience = audience
        self._anonymous = anonymous
        self._mutex = threading.Lock()
        self._door: Challenge | None = None
        self._refresh: _Kept | None = None
        self._access: dict[str, _Kept] = {}

    def authorize(self, scope: str, *, now: float) -> LoginFlow:
        """Return what to send with a request that needs `scope`, logging in if the door is known; None before that.

        An Answer is a login that was refused. `now` is seconds since the epoch.
        """
        with self._mutex:
            door, kept = self._door, self._access.get(scope)
        if kept is not None and now < kept.until:
            return f"Bearer {kept.text}"
        if door is None:
            return None
        return (yield from self._log_in(door, scope, scope, now=now))

    def answer(self, challenges: str, scope: str, *, now: float) -> LoginFlow:
        """Return what to send after a 401 to a request that needs `scope`; None where nothing that we have would do."""
        door = _bearer_in(challenges)
        if door is None or not same_origin(self.registry, door.parameter("realm") or ""):
            return None  # no token of ours for somebody else
        with self._mutex:
            self._door = door
            self._access.pop(scope, None)
        return (yield from self._log_in(door, door.parameter("scope") or scope, scope, now=now))

    def _log_in(self, door: Challenge, asked: str, scope: str, *, now: float) -> LoginFlow:
        login = self._by_nobody(door, asked) if self._anonymous else self._by_token(door, asked, now)
        answer: Answer = yield from login
        if answer.status != 200:
            return answer
        token, seconds = decode_token(answer)
        with self._mutex:
            self._access[scope] = _keep(token, now, seconds)
        return f"Bearer {token}"

    def _by_nobody(self, door: Challenge, asked: str) -> Generator[Ask, Any, Answer]:
        answer: Answer = yield Ask(calls.get_token(door, asked))
        return answer

    def _by_token(self, door: Challenge, asked: str, now: float) -> Generator[GetToken | Ask, Any, Answer]:
        with self._mutex:
            kept = self._refresh
        if kept is not None and now < kept.until:
            answer: Answer = yield Ask(calls.post_token(door, asked, kept.text))
            if answer.status != 401:
                return answer
        entra: str = yield GetToken(self._audience)
        exchanged: Answer = yield Ask(calls.exchange(door, entra))
        if exchanged.status != 200:
            return exchanged
        refresh = member(decode_object(exchanged.body), "refresh_token", str)
        with self._mutex:
            self._refresh = _keep(refresh, now, 3_600)
        answer = yield Ask(calls.post_token(door, asked, refresh))
        return answer


def _keep(token: str, now: float, seconds: float) -> _Kept:
    """Keep a token until shortly before the end that stands in it, or for `seconds` where none does."""
    lifetime = max(_expiry_in(token, now + seconds) - now, 0)
    return _Kept(token, now + lifetime - min(MARGIN_S, lifetime / 2))


def _expiry_in(token: str, otherwise: float) -> float:
    """Return the `exp` of a JWT, seconds since the epoch (RFC 7519 §4.1.4); ACR's answers do not say it."""
    try:
        payload = token.split(".")[1]
        expiry = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
    except (ValueError, LookupError, TypeError):
        return otherwise
    return float(expiry) if isinstance(expiry, int | float) else otherwise


def _bearer_in(challenges: str) -> Challenge | None:
    try:
        found = parse_challenges(challenges)
    except ValueError:
        return None
    return next((challenge for challenge in found if challenge.is_scheme("Bearer")), None)
