"""A registry's login as a flow without I/O: from a challenge to the Authorization that answers it.

CNCF distribution, Token Authentication Specification; Azure/acr AAD-OAuth and Token-BasicAuth.

A flow yields commands; a driver performs each and sends its result back in. The drivers are
`fake_registry.remote.driver` (requests) and `pytest_acr.content` (azure-core). The rule of which
host receives which credential is in `access`.
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
from fake_registry.wire.messages import CallRequest

# a driver sends responses back in, also one of a package that imports no `wire`
from fake_registry.wire.messages import CallResponse as CallResponse

T = TypeVar("T")

REFRESH_TOKEN_S: Final = 3_600
"""How long a refresh token without an expiry is kept. Those of ACR have one, after three hours."""


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
    """Send the caller's own request with this Authorization; the result is the `CallResponse`.

    Its body is not needed.
    """

    authorization: str | None = field(repr=False)


# Any: the result of a command, a token's text, or a CallResponse
LoginFlow: TypeAlias = Generator[GetToken | Ask | Attempt, Any, T]


class _TokenRefused(Exception):
    """The token service refused the login: its answer is the last one of the flow."""


@dataclass(frozen=True)
class _Request:
    """A token service, as a challenge names it, and the scope to request from it."""

    challenge: Challenge
    scope: str


@dataclass(frozen=True)
class _Access:
    """An access token and the scope in its request, which may differ from the caller's scope."""

    token: KeptToken
    requested: str


class Keyring:
    """One client's tokens. Safe to use from several threads: at worst two fetch the same token."""

    def __init__(self, policy: AccessPolicy, *, api_version: str | None = None) -> None:
        """`api_version` goes with the requests that carry a refresh or an Entra token."""
        self.policy = policy
        self._api_version = api_version
        self._mutex = threading.Lock()
        self._challenge: Challenge | None = None
        self._refresh: KeptToken | None = None
        self._access: dict[str, _Access] = {}

    def authorize(
        self,
        scope: str,
        *,
        now: float,
        replayable: bool = True,
        preauthorize: bool = True,
    ) -> LoginFlow[None]:
        """Send a request that needs `scope`, and once more with a new token if it is refused.

        The answer to the last command counts; it is the token service's if that refuses. `now` is
        in seconds since the epoch. A request that is not `replayable` is sent once. Without
        `preauthorize` the first attempt has no Authorization. LoginFailed.
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

        requested = scope if access is None else access.requested
        return (yield from self._log_in(_Request(challenge, requested), scope, now))

    def _answer_challenges(self, challenges: str, scope: str, now: float) -> LoginFlow[str | None]:
        """Return the Authorization that a 401 requires; None if no credential fits.

        A 401 for a missing scope names the scope that is required.
        """
        challenge = self.policy.choose_challenge(_parse_challenges(challenges))
        if challenge is None:
            return None

        with self._mutex:
            self._challenge = challenge
        if challenge.is_scheme("Basic"):
            return self.policy.credentials.basic

        requested = challenge.parameter("scope") or scope
        return (yield from self._log_in(_Request(challenge, requested), scope, now))

    def _forget(self, scope: str) -> None:
        with self._mutex:
            self._access.pop(scope, None)

    def _log_in(self, request: _Request, scope: str, now: float) -> LoginFlow[str]:
        """Fetch an access token, keep it for `scope` and return its Authorization."""
        answer = yield from self._fetch_access(request, now)
        _check_granted(answer)
        with _explain("an access token", answer):
            token, seconds = decode_token(answer)
            check_sendable(token)

        kept = KeptToken.from_answer(token, now=now, lifetime=seconds)
        with self._mutex:
            self._access[scope] = _Access(kept, request.scope)
        return f"Bearer {token}"

    def _fetch_access(self, request: _Request, now: float) -> LoginFlow[CallResponse]:
        credentials = self.policy.credentials
        if credentials.audience is not None:
            return (yield from self._fetch_by_entra(request, credentials.audience, now))
        if credentials.refresh_token is not None:
            return (yield from self._fetch_by_refresh(request, credentials.refresh_token))

        call = login_calls.get_token(request.challenge, request.scope)
        answer: CallResponse = yield Ask(call, credentials.basic)
        return answer

    def _fetch_by_entra(self, request: _Request, audience: str, now: float) -> LoginFlow[CallResponse]:
        with self._mutex:
            refresh = self._refresh

        if refresh is not None and refresh.is_fresh(now):
            answer = yield from self._fetch_by_refresh(request, refresh.text)
            if answer.status != 401:
                return answer

        refresh_token = yield from self._exchange(request.challenge, audience, now)
        return (yield from self._fetch_by_refresh(request, refresh_token))

    def _fetch_by_refresh(self, request: _Request, refresh_token: str) -> LoginFlow[CallResponse]:
        call = login_calls.post_token(
            request.challenge,
            request.scope,
            refresh_token,
            api_version=self._api_version,
        )
        answer: CallResponse = yield Ask(call)
        return answer

    def _exchange(self, challenge: Challenge, audience: str, now: float) -> LoginFlow[str]:
        """Exchange an Entra token for a refresh token.

        Azure/acr AAD-OAuth, POST /oauth2/exchange.
        """
        entra_token: str = yield GetToken(audience)
        call = login_calls.exchange(challenge, entra_token, api_version=self._api_version)
        answer: CallResponse = yield Ask(call)
        _check_granted(answer)
        with _explain("a refresh token", answer):
            token = member(decode_object(answer.body), "refresh_token", str)

        kept = KeptToken.from_answer(token, now=now, lifetime=REFRESH_TOKEN_S)
        with self._mutex:
            self._refresh = kept
        return token


def _check_granted(answer: CallResponse) -> None:
    if answer.status >= 400:
        raise _TokenRefused


@contextmanager
def _explain(expected: str, answer: CallResponse) -> Iterator[None]:
    """Raise LoginFailed for an answer without a token, as a redirect is; it is not followed."""
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
