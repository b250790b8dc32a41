"""A registry's login as a flow without I/O: from a challenge to the Authorization that answers it.

CNCF distribution, Token Authentication Specification; Azure/acr AAD-OAuth and Token-BasicAuth. A flow yields commands;
a driver performs each and sends its result back in. `access` decides where credentials may go; the drivers are
`fake_registry.remote.driver` (requests) and `pytest_acr.content` (azure-core).
"""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar

from fake_registry.client.access import AccessPolicy, LoginFailed
from fake_registry.client.tokens import KeptToken, check_sendable
from fake_registry.spec.json_object import decode_object, member
from fake_registry.wire import login_calls
from fake_registry.wire.answers import decode_token
from fake_registry.wire.challenge import Challenge, parse_challenges
from fake_registry.wire.messages import CallRequest, CallResponse

T = TypeVar("T")

REFRESH_TOKEN_S: Final = 3_600
"""How long a refresh token without an expiry is kept; those of ACR have one and live for three hours."""


@dataclass(frozen=True, slots=True)
class GetToken:
    """Get an Entra token for this audience from the caller's credential; the result is its text."""

    audience: str


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a request to the token service, with this Authorization; the result is the `CallResponse`."""

    call: CallRequest = field(repr=False)  # its body may hold a token
    authorization: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Attempt:
    """Send the caller's own request with this Authorization; the result is the `CallResponse`, which needs no body."""

    authorization: str | None = field(repr=False)


# Any: the result of a command, a token's text or a CallResponse
LoginFlow: TypeAlias = Generator[GetToken | Ask | Attempt, Any, T]


class _TokenRefused(Exception):
    """The token service refused the login: its answer is the last one of the flow."""


@dataclass(frozen=True)
class _Access:
    """An access token, and the scope that it was requested for: a challenge may name another than the caller."""

    token: KeptToken
    scope: str


class Keyring:
    """One client's tokens. Safe to use from several threads: at worst two of them fetch the same token."""

    def __init__(self, policy: AccessPolicy, *, api_version: str | None = None) -> None:
        """`api_version` goes with the requests that carry a refresh or an Entra token."""
        self.policy = policy
        self._api_version = api_version
        self._mutex = threading.Lock()
        self._challenge: Challenge | None = None
        self._refresh: KeptToken | None = None
        self._access: dict[str, _Access] = {}

    def authorize(
        self, scope: str, *, now: float, replayable: bool = True, preauthorize: bool = True
    ) -> LoginFlow[None]:
        """Send a request that needs `scope`, at `now` in seconds since the epoch; once more if it is refused.

        The answer to the last command is the result: the token service's, if that refuses. A request that is not
        `replayable` is sent once. Without `preauthorize` the first attempt has no Authorization. LoginFailed.
        """
        with suppress(_TokenRefused):
            authorization = (yield from self._prepare(scope, now)) if preauthorize else None
            answer: CallResponse = yield Attempt(authorization)
            if answer.status != 401:
                return

            self._forget(scope)
            if not replayable:
                return
            challenges = answer.header("WWW-Authenticate") or ""
            renewed = yield from self._answer_challenges(challenges, scope, now)
            if renewed not in (None, authorization):
                yield Attempt(renewed)

    def _prepare(self, scope: str, now: float) -> LoginFlow[str | None]:
        """Return the Authorization to send with a request; None before the first challenge."""
        with self._mutex:
            challenge, access = self._challenge, self._access.get(scope)

        if access is not None and access.token.is_fresh(now):
            return f"Bearer {access.token.text}"
        if challenge is None:
            return None
        if challenge.is_scheme("Basic"):
            return self.policy.credentials.basic
        requested = scope if access is None else access.scope
        return (yield from self._log_in(challenge, requested, scope, now))

    def _answer_challenges(self, challenges: str, scope: str, now: float) -> LoginFlow[str | None]:
        """Return the Authorization that a 401 asks for, also one for a missing scope; None if no credential fits."""
        challenge = self.policy.choose_challenge(_parse_challenges(challenges))
        if challenge is None:
            return None

        with self._mutex:
            self._challenge = challenge
        if challenge.is_scheme("Basic"):
            return self.policy.credentials.basic
        return (yield from self._log_in(challenge, challenge.parameter("scope") or scope, scope, now))

    def _forget(self, scope: str) -> None:
        with self._mutex:
            self._access.pop(scope, None)

    def _log_in(self, challenge: Challenge, requested: str, scope: str, now: float) -> LoginFlow[str]:
        """Fetch the access token for `requested` and keep it for `scope`."""
        answer = yield from self._request_access(challenge, requested, now)
        _check_granted(answer)
        with _explain("an access token", answer):
            token, seconds = decode_token(answer)
            check_sendable(token)

        access = _Access(KeptToken.received(token, now=now, lifetime=seconds), requested)
        with self._mutex:
            self._access[scope] = access
        return f"Bearer {token}"

    def _request_access(self, challenge: Challenge, requested: str, now: float) -> LoginFlow[CallResponse]:
        credentials = self.policy.credentials
        if credentials.audience is not None:
            return (yield from self._request_by_entra(challenge, requested, credentials.audience, now))
        if credentials.refresh_token is not None:
            return (yield from self._request_by_refresh(challenge, requested, credentials.refresh_token))

        answer: CallResponse = yield Ask(login_calls.get_token(challenge, requested), credentials.basic)
        return answer

    def _request_by_entra(
        self, challenge: Challenge, requested: str, audience: str, now: float
    ) -> LoginFlow[CallResponse]:
        with self._mutex:
            refresh = self._refresh
        if refresh is not None and refresh.is_fresh(now):
            answer = yield from self._request_by_refresh(challenge, requested, refresh.text)
            if answer.status != 401:
                return answer

        refresh_token = yield from self._exchange(challenge, audience, now)
        return (yield from self._request_by_refresh(challenge, requested, refresh_token))

    def _request_by_refresh(self, challenge: Challenge, requested: str, refresh_token: str) -> LoginFlow[CallResponse]:
        call = login_calls.post_token(challenge, requested, refresh_token, api_version=self._api_version)
        answer: CallResponse = yield Ask(call)
        return answer

    def _exchange(self, challenge: Challenge, audience: str, now: float) -> LoginFlow[str]:
        """Exchange an Entra token for a refresh token (Azure/acr AAD-OAuth, POST /oauth2/exchange)."""
        entra_token: str = yield GetToken(audience)
        answer: CallResponse = yield Ask(login_calls.exchange(challenge, entra_token, api_version=self._api_version))
        _check_granted(answer)
        with _explain("a refresh token", answer):
            token = member(decode_object(answer.body), "refresh_token", str)

        with self._mutex:
            self._refresh = KeptToken.received(token, now=now, lifetime=REFRESH_TOKEN_S)
        return token


def _check_granted(answer: CallResponse) -> None:
    if answer.status >= 400:
        raise _TokenRefused


@contextmanager
def _explain(expected: str, answer: CallResponse) -> Iterator[None]:
    """Raise LoginFailed for an answer that is not a token. A redirect is not followed: it could lead anywhere."""
    if answer.status != 200:
        raise LoginFailed(f"login: expected {expected}, found status {answer.status}")
    try:
        yield
    except ValueError as error:
        raise LoginFailed(f"login: expected {expected}, found another answer: {error}") from error


def _parse_challenges(header: str) -> tuple[Challenge, ...]:
    """Return the challenges of a WWW-Authenticate header; none of a malformed one."""
    try:
        return parse_challenges(header)
    except ValueError:
        return ()
