"""Logging in to a registry that asks: Bearer challenges become tokens, kept per scope; Basic ones user and password.

CNCF distribution, Token Authentication Specification; Azure/acr AAD-OAuth and Token-BasicAuth. Nothing here sends.
"""

import base64
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from fake_registry.wire.answers import Answer, decode_token
from fake_registry.wire.calls import CallRequest, get_token, post_token
from fake_registry.wire.challenge import Challenge, parse_challenges

_MARGIN_SECONDS = 10
"""A token that lives no longer than this is not one to begin an upload with."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """Who the caller is: a user with a password, the bearer of a refresh token, or, with none of these, nobody."""

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password go together")
        if self.token is not None and self.username is not None:
            raise ValueError("expected a token, or a username and a password, not both")

    @property
    def basic(self) -> str | None:
        """The Authorization of RFC 7617; None without a user."""
        if self.username is None:
            return None
        return f"Basic {base64.b64encode(f'{self.username}:{self.password}'.encode()).decode()}"


@dataclass(frozen=True)
class _Held:
    """A token, for which challenge and scope it was given, and until when (`time.monotonic`) it is safe to use."""

    authorization: str = field(repr=False)
    challenge: Challenge
    scope: str
    until: float


class Login:
    """One registry's door, from the outside. `ask` sends a token request with this Authorization, or raises.

    A call is known by its `scope`; what a token is asked for is what the challenge says. Safe to use from several
    threads: at worst two of them fetch the same token.
    """

    def __init__(self, credentials: Credentials, ask: Callable[[CallRequest, str | None], Answer]) -> None:
        self._credentials = credentials
        self._ask = ask
        self._mutex = threading.Lock()
        self._held: dict[str, _Held] = {}
        self._door: Challenge | None = None

    def authorization(self, call: CallRequest, *, lasting: bool) -> str | None:
        """Return the Authorization to send with a call, None as long as nobody asked.

        `lasting` is for a body that cannot be sent twice: then it is fetched anew if it might be refused. Unauthorized.
        """
        with self._mutex:
            held, door = self._held.get(call.scope), self._door
        if door is None:
            return None
        if door.is_scheme("Basic"):
            return self._credentials.basic
        if lasting and (held is None or held.until < time.monotonic()):
            return (
                self._fetch(call, door, call.scope) if held is None else self._fetch(call, held.challenge, held.scope)
            )
        return None if held is None else held.authorization

    def answer(self, call: CallRequest, challenges: str, *, registry: str) -> str | None:
        """Return the Authorization that a 401's WWW-Authenticate asks for; None if it asks for nothing that we have.

        Unauthorized, Denied, or what else the registry's token service says.
        """
        for challenge in _readable(challenges):
            if challenge.is_scheme("Bearer") and _is_safe(challenge.parameter("realm"), registry):
                self._remember(challenge)
                return self._fetch(call, challenge, challenge.parameter("scope") or call.scope)
            if challenge.is_scheme("Basic") and self._credentials.basic is not None:
                self._remember(challenge)
                return self._credentials.basic
        return None

    def _remember(self, challenge: Challenge) -> None:
        with self._mutex:
            self._door = challenge

    def _fetch(self, call: CallRequest, challenge: Challenge, scope: str) -> str:
        refresh_token = self._credentials.token
        if refresh_token is None:
            answer = self._ask(get_token(challenge, scope), self._credentials.basic)
        else:
            answer = self._ask(post_token(challenge, scope, refresh_token), None)
        token, seconds = decode_token(answer)
        until = time.monotonic() + seconds - _MARGIN_SECONDS
        with self._mutex:
            self._held[call.scope] = _Held(f"Bearer {token}", challenge, scope, until)
        return f"Bearer {token}"


def _readable(challenges: str) -> tuple[Challenge, ...]:
    try:
        return parse_challenges(challenges)
    except ValueError:
        return ()


def _is_safe(realm: str | None, registry: str) -> bool:
    """Tell whether credentials may go to the token service: never in clear text where the registry itself has TLS."""
    schemes = ("https://",) if registry.startswith("https://") else ("https://", "http://")
    return realm is not None and realm.lower().startswith(schemes)
