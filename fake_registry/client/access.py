"""Which host may receive which credential: the one rule for every client in this repository.

A registry's challenge names a realm, the URL of its token service, and could name any host:

==========================  ==================  ====================  ====================
realm                       user and password   refresh or Entra      anonymous request
                                                token
==========================  ==================  ====================  ====================
at the registry's origin    yes                 yes                   yes
https, host in realm_hosts  yes                 no                    yes
https, another host         no                  no                    yes
http, host in realm_hosts   http registry only  no                    http registry only
http, another host          no                  no                    no
with user info, malformed   no                  no                    no
==========================  ==================  ====================  ====================

An anonymous request holds no secret, but its answer goes to the registry: an http realm could be a
service inside the caller's own network.
"""

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from fake_registry.arguments import items_of
from fake_registry.spec.redaction import redact_text
from fake_registry.wire.challenge import Challenge
from fake_registry.wire.origins import Origin, origin_of

CredentialKind: TypeAlias = Literal["anonymous", "user", "refresh token", "Entra token"]

_TOKENS: Final[Mapping[CredentialKind, str]] = {
    "refresh token": "a refresh token",
    "Entra token": "an Entra token",
}

_EXAMPLES: Final = "auth.docker.io or auth.example.com:5001"

_MAX_REALM_CHARS: Final = 200
"""How much of a malformed realm an error message repeats."""


class LoginFailed(ValueError):
    """The registry or its token service sent an answer with which no login is possible."""


class RealmRefused(LoginFailed):
    """A challenge names a token service that must not receive the caller's credentials.

    Nothing was sent to it.
    """

    def __init__(self, reason: str, *, host: str | None = None) -> None:
        remedy = "" if host is None else f"; realm_hosts=[{host!r}] allows it"
        super().__init__(f"{reason}{remedy}")
        self.reason = reason
        """The message without the remedy."""
        self.host = host
        """The host that the caller has to name in `realm_hosts`; None where that would not help."""


@dataclass(frozen=True, kw_only=True)
class Credentials:
    """A user and a password, or a refresh token, or the audience of Entra tokens, or none of these.

    ValueError for more than one of them, or for a user without a password.
    """

    username: str | None = None
    password: str | None = field(default=None, repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    audience: str | None = None
    """The client has a credential of Entra: its driver performs `GetToken`."""

    def __post_init__(self) -> None:
        if (self.username is None) != (self.password is None):
            found = "the password" if self.username is None else "the username"
            raise ValueError(f"expected a username and a password, or neither, found {found} alone")
        if sum(each is not None for each in (self.username, self.refresh_token, self.audience)) > 1:
            raise ValueError("expected a username and a password, or a token, not both")

    @property
    def kind(self) -> CredentialKind:
        """The kind of secret that a login sends."""
        if self.username is not None:
            return "user"
        if self.refresh_token is not None:
            return "refresh token"
        return "anonymous" if self.audience is None else "Entra token"

    @property
    def basic(self) -> str | None:
        """The Authorization of RFC 7617; None without a user."""
        if self.username is None:
            return None
        user = f"{self.username}:{self.password}".encode()
        return f"Basic {base64.b64encode(user).decode()}"


def parse_realm_host(text: str) -> str:
    """Return a host, with or without a port, as `AccessPolicy.realm_hosts` has it. ValueError.

    >>> parse_realm_host("Auth.docker.io")
    'auth.docker.io'
    """
    origin = None if set(text) & set("/?#@") else origin_of(f"https://{text}")
    if origin is None:
        found = "a user in it" if "@" in text else repr(text)
        raise ValueError(f"expected a host such as {_EXAMPLES}, found {found}")

    # a port that is given stays, also 443: without one, the host would stand for http as well
    has_port = text[-1].isdigit() and text.lower() != origin.host
    return f"{origin.host}:{origin.port}" if has_port else origin.host


def parse_realm_hosts(hosts: Iterable[str]) -> frozenset[str]:
    """Return several hosts as `AccessPolicy.realm_hosts` has them. ValueError, TypeError."""
    texts = items_of("realm_hosts", hosts, str)
    try:
        return frozenset(map(parse_realm_host, texts))
    except ValueError as error:
        raise ValueError(f"realm_hosts: {error}") from None


@dataclass(frozen=True, kw_only=True)
class AccessPolicy:
    """Decides which challenge a client answers, and so which host receives its credentials."""

    registry: Origin
    credentials: Credentials = Credentials()
    realm_hosts: frozenset[str] = frozenset()
    """The hosts, apart from the registry, that may receive the user and the password.

    A host without a port stands for the default port of the realm's scheme.
    """

    def choose_challenge(self, challenges: Iterable[Challenge]) -> Challenge | None:
        """Return the challenge to answer, Bearer before Basic; None if no credential fits.

        RealmRefused if all that fit name a realm that must not receive the credentials.
        """
        offered = tuple(challenges)
        refusals: list[RealmRefused] = []
        for challenge in filter(_has_realm, offered):
            refusal = self.realm_refusal(challenge.parameter("realm") or "")
            if refusal is None:
                return challenge
            refusals.append(refusal)

        basic = next((challenge for challenge in offered if challenge.is_scheme("Basic")), None)
        if basic is not None and self.credentials.basic is not None:
            return basic
        if refusals:
            raise refusals[0]
        return None

    def realm_refusal(self, realm: str) -> RealmRefused | None:
        """Return the reason why these credentials must not go to `realm`; None if they may."""
        origin = origin_of(realm)
        if origin is None:
            shown = redact_text(realm[:_MAX_REALM_CHARS])
            return self._refusal(f"the realm {shown!r}, malformed or with user info")
        if origin == self.registry:
            return None
        if origin.scheme == "http" and self.registry.scheme == "https":
            return self._refusal(f"the realm {origin}, which is not encrypted")
        return self._foreign_refusal(origin)

    def _foreign_refusal(self, origin: Origin) -> RealmRefused | None:
        kind = self.credentials.kind
        if kind in _TOKENS:
            reason = f"{_TOKENS[kind]} is sent to the registry alone"
            return self._refusal(f"the realm {origin}: {reason}")

        names = (origin.authority, f"{origin.host}:{origin.port}")
        if not self.realm_hosts.isdisjoint(names):
            return None
        if kind == "user":
            reason = "user and password are not sent to another host"
            return self._refusal(f"the realm {origin}: {reason}", host=origin.authority)
        if origin.scheme == "http":
            reason = "another host is not asked for a token without encryption"
            return self._refusal(f"the realm {origin}: {reason}", host=origin.authority)
        return None

    def _refusal(self, found: str, *, host: str | None = None) -> RealmRefused:
        return RealmRefused(f"login: expected a realm at {self.registry}, found {found}", host=host)


def _has_realm(challenge: Challenge) -> bool:
    return challenge.is_scheme("Bearer") and bool(challenge.parameter("realm"))
