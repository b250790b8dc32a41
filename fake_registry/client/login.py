"""ACR's login as a flow: from a challenge to the Authorization that answers it, no I/O (Azure/acr AAD-OAuth).

Tokens are kept until shortly before they expire, access tokens by what they are for, and go to the registry alone. A
driver, which is a policy of azure-core's pipeline, performs the commands; the last answer is the request's.
"""

import base64
import json
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final, TypeAlias, TypeVar

from fake_registry.spec.json_object import decode_object, member
from fake_registry.wire import calls
from fake_registry.wire.answers import Answer, decode_token
from fake_registry.wire.calls import CallRequest
from fake_registry.wire.challenge import Challenge, parse_challenges
from fake_registry.wire.origins import same_origin

T = TypeVar("T")

REFRESH_TOKEN_S: Final = 3_600
"""For how long a refresh token is kept that does not say until when it is good; ACR's do, and live for three hours."""

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


@dataclass(frozen=True, slots=True)
class Attempt:
    """Send the request that all this is for, with this Authorization; the result is the `Answer`, less its body."""

    authorization: str | None = field(repr=False)


# Any: what a command gives, text or an Answer
LoginFlow: TypeAlias = Generator[GetToken | Ask | Attempt, Any, T]


class LoginFailed(Exception):
    """The registry, or its token service, said nothing that a login can go on with."""


@dataclass(frozen=True)
class _Kept:
    text: str = field(repr=False)
    until: float


class Keyring:
    """One client's tokens. Safe to use from several threads: at worst two of them fetch the same one."""

    def __init__(
        self, registry: str, *, audience: str, anonymous: bool, api_version: str, basic: str | None = None
    ) -> None:
        """`registry` is the endpoint that tokens are for; `anonymous` says that there is no credential, `basic` is the
        Authorization of a user with a password (RFC 7617)."""
        self.registry = registry
        self._audience = audience
        self._anonymous = anonymous
        self._api_version = api_version
        self._basic = basic
        self._mutex = threading.Lock()
        self._door: Challenge | None = None
        self._refresh: _Kept | None = None
        self._access: dict[str, _Kept] = {}

    def admit(self, scope: str, *, now: float) -> LoginFlow[None]:
        """Send a request that needs `scope`, with a token if the door is known, and once more if that is refused.

        Where the login itself is refused, its answer is the last one. `now` is seconds since the epoch.
        """
        known = yield from self._authorize(scope, now)
        if isinstance(known, Answer):
            return
        answer: Answer = yield Attempt(known)
        if answer.status != 401:
            return
        fresh = yield from self._answer(answer.header("WWW-Authenticate") or "", scope, now)
        if isinstance(fresh, str):
            yield Attempt(fresh)

    def _authorize(self, scope: str, now: float) -> LoginFlow[str | Answer | None]:
        """Return what to send with a request. An Answer is a login that was refused; None, that nobody asked so far."""
        with self._mutex:
            door, kept = self._door, self._access.get(scope)
        if kept is not None and now < kept.until:
            return f"Bearer {kept.text}"
        if door is None:
            return None
        if door.is_scheme("Basic"):
            return self._basic
        return (yield from self._log_in(door, scope, scope, now))

    def _answer(self, challenges: str, scope: str, now: float) -> LoginFlow[str | Answer | None]:
        """Return what to send after a 401, also one for want of scope; None where nothing that we have would do."""
        door = _challenge_in(challenges, "Bearer") or (self._basic and _challenge_in(challenges, "Basic")) or None
        if door is None or not (door.is_scheme("Basic") or self._may_ask(door.parameter("realm") or "")):
            return None
        with self._mutex:
            refused, self._door = self._door, door
            self._access.pop(scope, None)
        if door.is_scheme("Basic"):
            return None if refused is not None and refused.is_scheme("Basic") else self._basic
        return (yield from self._log_in(door, door.parameter("scope") or scope, scope, now))

    def _may_ask(self, realm: str) -> bool:
        """Tell whether a login may go there: to the registry, or anywhere if it has nothing to give away."""
        return same_origin(self.registry, realm) or (self._anonymous and realm.startswith("https://"))

    def _log_in(self, door: Challenge, asked: str, scope: str, now: float) -> LoginFlow[str | Answer]:
        entra = not self._anonymous and self._basic is None
        answer = yield from self._by_token(door, asked, now) if entra else self._by_get(door, asked)
        if answer.status >= 400:
            return answer
        with _understanding("an access token", answer):
            token, seconds = decode_token(answer)
            _check_sendable(token)
        with self._mutex:
            self._access[scope] = _keep(token, now, seconds)
        return f"Bearer {token}"

    def _by_get(self, door: Challenge, asked: str) -> LoginFlow[Answer]:
        """As a user, or nobody (Azure/acr Token-BasicAuth)."""
        call = calls.get_token(door, asked)
        if self._basic is not None:
            call = replace(call, headers={**call.headers, "Authorization": self._basic})
        answer: Answer = yield Ask(call)
        return answer

    def _by_token(self, door: Challenge, asked: str, now: float) -> LoginFlow[Answer]:
        with self._mutex:
            kept = self._refresh
        if kept is not None and now < kept.until:
            answer: Answer = yield Ask(calls.post_token(door, asked, kept.text, api_version=self._api_version))
            if answer.status != 401:
                return answer
        entra: str = yield GetToken(self._audience)
        exchanged: Answer = yield Ask(calls.exchange(door, entra, api_version=self._api_version))
        if exchanged.status >= 400:
            return exchanged
        with _understanding("a refresh token", exchanged):
            refresh = member(decode_object(exchanged.body), "refresh_token", str)
        with self._mutex:
            self._refresh = _keep(refresh, now, REFRESH_TOKEN_S)
        answer = yield Ask(calls.post_token(door, asked, refresh, api_version=self._api_version))
        return answer


@contextmanager
def _understanding(what: str, answer: Answer) -> Iterator[None]:
    """Hold an answer to be a token. A redirect is none: followed by the pipeline, it would stand in for the request."""
    if answer.status != 200:
        raise LoginFailed(f"login: expected {what}, found status {answer.status}")
    try:
        yield
    except ValueError as error:
        raise LoginFailed(f"login: expected {what}, found an answer without: {error}") from error


def _check_sendable(token: str) -> None:
    """Refuse what would not be one header's value (RFC 6750 §2.1)."""
    if not token.isascii() or not token.isprintable():
        raise ValueError("expected a token of visible ASCII, found other characters")


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
    # compared before it is converted: JSON has integers that no float holds
    return float(expiry) if isinstance(expiry, int | float) and 0 <= expiry < 2**63 else otherwise


def _challenge_in(challenges: str, scheme: str) -> Challenge | None:
    try:
        found = parse_challenges(challenges)
    except ValueError:
        return None
    return next((challenge for challenge in found if challenge.is_scheme(scheme)), None)
