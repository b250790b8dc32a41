"""Login of the sample client: one token for each scope, renewed before it expires."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.support.sample_client.attempts import SampleAttempts
from tests.support.sample_client.errors import SampleError, SampleInterruption
from tests.support.sample_client.reply import Reply, origin_of

PARAMETER: Final = re.compile(r'(\w+)="([^"]*)"')

LEEWAY_SECONDS: Final = 30.0
DEFAULT_LIFETIME_SECONDS: Final = 60.0
"""Of a token without a lifetime (distribution, Token Authentication Specification)."""


@dataclass(frozen=True)
class SampleToken:
    text: str
    expires: float
    """In seconds since the epoch."""


class SampleLogin:
    """The tokens of one caller at one registry. It asks for none before the first challenge.

    `now` returns seconds since the epoch.
    """

    def __init__(
        self,
        send: Callable[..., Reply],
        attempts: SampleAttempts,
        endpoint: str,
        *,
        credentials: tuple[str, str],
        now: Callable[[], float],
    ) -> None:
        self.send = send
        self.attempts = attempts
        self.origin = origin_of(endpoint)
        self.credentials = credentials
        self.now = now
        self.challenge: dict[str, str] | None = None
        self.tokens: dict[str, SampleToken] = {}

    def headers_for(self, url: str, scope: str) -> dict[str, str]:
        """Return the Authorization for `url`: none for another host, and before a challenge."""
        if self.challenge is None or origin_of(url) != self.origin:
            return {}
        return {"Authorization": f"Bearer {self.token_for(scope)}"}

    def token_for(self, scope: str) -> str:
        """Return a token that is valid for some time."""
        token = self.tokens.get(scope)
        if token is None or token.expires - LEEWAY_SECONDS <= self.now():
            token = self.tokens[scope] = self.attempts.repeat(lambda: self.fetch(scope))
        return token.text

    def accept_challenge(self, reply: Reply, scope: str) -> bool:
        """Forget the token that was refused. Return whether there can be another."""
        kind, _, parameters = reply.header("WWW-Authenticate").partition(" ")
        if kind.lower() != "bearer":
            return False

        self.challenge = dict(PARAMETER.findall(parameters))
        self.tokens.pop(scope, None)
        return True

    def fetch(self, scope: str) -> SampleToken:
        challenge = self.challenge or {}
        realm = challenge.get("realm", "")
        if origin_of(realm) != self.origin:
            raise SampleError(f"expected a token service at the registry, found {realm!r}")

        query = {"service": challenge.get("service", ""), "scope": scope}
        reply = self.send("GET", realm, params=query, auth=self.credentials)
        if reply.status != 200:
            raise SampleError(f"expected a token, found {reply.status}")
        return self.read_token(reply)

    def read_token(self, reply: Reply) -> SampleToken:
        document = reply.json()
        text = document.get("access_token") or document.get("token")
        if not isinstance(text, str):
            raise SampleInterruption(f"expected a token, found {', '.join(document)}")

        lifetime = float(document.get("expires_in", DEFAULT_LIFETIME_SECONDS))
        return SampleToken(text, expiry_in(text) or self.now() + lifetime)


def expiry_in(token: str) -> float | None:
    """Return when a JSON web token expires, in seconds since the epoch; None for others."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return float(claims["exp"])
    except (ValueError, IndexError, KeyError, TypeError):
        return None
