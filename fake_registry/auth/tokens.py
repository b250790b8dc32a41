"""Scopes and the registry's own tokens: minting and verifying. Whom they are given to is `authority`'s.

A scope is text in a challenge and a token request, a claim in an access token (CNCF distribution, Token Scope
Documentation). Refresh and access tokens are JWTs (RFC 7519) signed with HS256 by the registry that verifies them; real
ACR signs with RS256, which no client checks.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from uuid import NAMESPACE_DNS, uuid5

from fake_registry.settings import Settings

if TYPE_CHECKING:
    import jwt  # at run time only when a token is signed: PyJWT loads cryptography, which costs every pytest start

NANOSECONDS = 1_000_000_000
"""In a second: clocks count the former, tokens the latter."""

MIN_KEY_BYTES = 32
"""RFC 7518 §3.2: a key for HS256 is at least as long as the hash."""

_ALGORITHM = "HS256"
_ISSUER = "Azure Container Registry"  # Azure SDK for Go recordings; the `version` and the order of the claims likewise
_SCOPE = re.compile(r"(?P<type>[a-z][a-z-]*(?:\([a-z]+\))?):(?P<name>\S+):(?P<actions>[a-z_*]+(?:,[a-z_*]+)*)")

# The characters whose low six bits are 62 or 63. No other ASCII yields one of `+ / - _` in base64, wherever it stands.
_AWKWARD = {code: f"\\u{code:04x}" for code in b">?~\x7f"}

RefusalKind = Literal[
    "malformed",
    "algorithm",
    "signature",
    "tenant",
    "issuer",
    "audience",
    "wrong kind",
    "not yet valid",
    "expired",
]


@dataclass(frozen=True)
class Scope:
    """Actions on a resource, `repository:samples/hello:pull,push`.

    In what a caller holds, the name may be `*` or end in `/*` and cover many resources; the action `*` stands for all.
    """

    type: str
    name: str
    actions: tuple[str, ...]

    def covers(self, other: "Scope") -> bool:
        """Tell whether this scope's resources include those of `other`, whatever the actions."""
        if self.type != other.type:
            return False
        return self.name in ("*", other.name) or (self.name.endswith("/*") and other.name.startswith(self.name[:-1]))


def parse_scopes(texts: Iterable[str]) -> tuple[Scope, ...]:
    """Return the scopes in `texts`, each of which may hold several joined by blanks.

    Ill-formed ones are skipped, as CNCF distribution's token server does: the token then lacks them. The name is what
    stands between the first and the last colon, for it may begin with a host and port (Token Scope Documentation).
    """
    matches = (_SCOPE.fullmatch(word) for text in texts for word in text.split())
    return tuple(Scope(match["type"], match["name"], tuple(match["actions"].split(","))) for match in matches if match)


def encode_scopes(scopes: Iterable[Scope]) -> str:
    """Return `scopes` as in a challenge, joined by blanks."""
    return " ".join(f"{scope.type}:{scope.name}:{','.join(scope.actions)}" for scope in scopes)


def narrow(held: Iterable[Scope], requested: Iterable[Scope]) -> tuple[Scope, ...]:
    """Return what of `requested` is held; scopes of which nothing is held are left out.

    A requested action `*` becomes all the actions held on that resource.
    """
    held = tuple(held)
    narrowed = (Scope(scope.type, scope.name, _held_of(held, scope)) for scope in requested)
    return tuple(scope for scope in narrowed if scope.actions)


def grants(held: Iterable[Scope], needed: Iterable[Scope]) -> bool:
    """Tell whether all of `needed` is held; the actions on one resource may come from several scopes."""
    held = tuple(held)
    return all(set(scope.actions) <= set(_held_of(held, scope)) for scope in needed)


def _held_of(held: tuple[Scope, ...], requested: Scope) -> tuple[str, ...]:
    actions = dict.fromkeys(action for scope in held if scope.covers(requested) for action in scope.actions)
    if "*" in actions:
        return requested.actions
    if "*" in requested.actions:
        return tuple(actions)
    return tuple(action for action in requested.actions if action in actions)


class TokenRefused(Exception):
    """A token is not good here. `kind` says why in one of a few words, the text with what was expected and found."""

    def __init__(self, kind: RefusalKind, found: str) -> None:
        super().__init__(f"{kind}: {found}")
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class Principal:
    """Whom Entra vouched for: `name` for people to read, `identities` for roles to be granted to."""

    name: str
    identities: tuple[str, ...] = ()
    app_id: str = ""


@dataclass(frozen=True)
class RefreshToken:
    """What a refresh token says: who came through the exchange."""

    principal: Principal


@dataclass(frozen=True)
class AccessToken:
    """What an access token says: the scopes it is good for. `subject` is empty for an anonymous caller's."""

    subject: str
    access: tuple[Scope, ...]


Token = RefreshToken | AccessToken


class Issuer:
    """Mints one registry's tokens and knows them again. `service` is its host, `now` nanoseconds since the epoch."""

    def __init__(self, settings: Settings, *, key: bytes, new_id: Callable[[], str]) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"a signing key has at least {MIN_KEY_BYTES} bytes, not {len(key)}")
        self._settings = settings
        self._key = key
        self._new_id = new_id
        self._registry_id = uuid5(NAMESPACE_DNS, settings.login_server).hex
        self._minted: dict[str, dict[str, Any]] = {}  # Any: a claim

    def mint_refresh_token(self, principal: Principal, permissions: tuple[str, ...], *, service: str, now: int) -> str:
        """Return a refresh token with the claims of a recorded one (Azure SDK for Go) and `identities`, our own.

        ACR need not carry those: it can ask Entra again.
        """
        common = self._common_claims(principal.name, service, now, self._settings.refresh_token_lifetime)
        return self._sign(
            common
            | {
                "rid": self._registry_id,
                "grant_type": "refresh_token",
                "appid": principal.app_id,
                "permissions": {"Actions": permissions, "NotActions": None},
                "roles": [],
                "identities": principal.identities,
            }
        )

    def mint_access_token(self, subject: str, access: tuple[Scope, ...], *, service: str, now: int) -> str:
        """Return an access token for `access` (claims: Azure/acr AAD-OAuth)."""
        entries = [{"type": scope.type, "name": scope.name, "actions": scope.actions} for scope in access]
        common = self._common_claims(subject, service, now, self._settings.access_token_lifetime)
        return self._sign(common | {"access": entries, "roles": [], "grant_type": "access_token"})

    def verify(self, text: str, *, service: str, now: int) -> Token:
        """Return what the token `text` says, of either kind. Raises TokenRefused.

        It is good from the second of its minting until just before that of its expiry (RFC 7519 §4.1.4).
        """
        claims = self._signed_claims(text)
        if claims["aud"].lower() != service.lower():
            raise TokenRefused("audience", f"expected {service}, found {claims['aud']}")
        if now < claims["nbf"] * NANOSECONDS:
            raise TokenRefused("not yet valid", f"for another {claims['nbf'] - now / NANOSECONDS:g} s")
        check_expiry(claims["exp"], now=now)
        if claims["grant_type"] == "refresh_token":
            return RefreshToken(
                Principal(name=claims["sub"], identities=tuple(claims["identities"]), app_id=claims["appid"])
            )
        access = tuple(Scope(entry["type"], entry["name"], tuple(entry["actions"])) for entry in claims["access"])
        return AccessToken(claims["sub"], access)

    def verify_refresh_token(self, text: str, *, service: str, now: int) -> RefreshToken:
        """Return what the refresh token `text` says. Raises TokenRefused, also for an access token."""
        token = self.verify(text, service=service, now=now)
        if not isinstance(token, RefreshToken):
            raise TokenRefused("wrong kind", "expected a refresh token, found an access token")
        return token

    def verify_access_token(self, text: str, *, service: str, now: int) -> AccessToken:
        """Return what the access token `text` says. Raises TokenRefused, also for a refresh token."""
        token = self.verify(text, service=service, now=now)
        if not isinstance(token, AccessToken):
            raise TokenRefused("wrong kind", "expected an access token, found a refresh token")
        return token

    def _common_claims(self, subject: str, service: str, now: int, lifetime: timedelta) -> dict[str, object]:
        issued = now // NANOSECONDS
        return {
            "jti": self._new_id(),
            "sub": subject,
            "nbf": issued,
            "exp": issued + lifetime // timedelta(seconds=1),  # an integer: Go's JSON refuses 1.0 for one
            "iat": issued,
            "iss": _ISSUER,
            "aud": service,
            "version": "1.0",
        }

    @cached_property
    def _jws(self) -> "jwt.PyJWS":
        import jwt
        from jwt.algorithms import HMACAlgorithm

        class PreparedHmac(HMACAlgorithm):
            """PyJWT looks at every use whether the key might be an asymmetric one, for longer than the signing takes.
            Ours is random bytes."""

            def prepare_key(self, key: str | bytes) -> bytes:
                return key.encode() if isinstance(key, str) else key

        jws = jwt.PyJWS(algorithms=[])
        jws.register_algorithm(_ALGORITHM, PreparedHmac(HMACAlgorithm.SHA256))
        return jws

    def _sign(self, claims: dict[str, object]) -> str:
        text = self._jws.encode(_payload_of(claims), self._key, algorithm=_ALGORITHM)
        # A token that comes back as it was handed out needs no second look at its signature, which costs as much as the
        # whole call it is for.
        if len(self._minted) >= _MINTED_KEPT:
            self._minted.clear()
        self._minted[text] = claims
        return text

    def _signed_claims(self, text: str) -> dict[str, Any]:  # Any: a claim, of the type that we signed it with
        minted = self._minted.get(text)
        if minted is not None:
            return minted
        import jwt

        if not text.isascii():
            raise TokenRefused("malformed", "expected three parts of base64url")
        try:
            # Looked at first: PyJWT before 2.12 checks a header such as `kid` after the signature, or not at all.
            algorithm = jwt.get_unverified_header(text).get("alg")
            if algorithm != _ALGORITHM:
                raise TokenRefused("algorithm", f"expected {_ALGORITHM}, found {algorithm}")
            # The bare signature: PyJWT's own check of times would look at the machine's clock.
            signed = self._jws.decode_complete(text, self._key, algorithms=[_ALGORITHM])
        except jwt.InvalidSignatureError as error:
            raise TokenRefused("signature", "not this registry's") from error
        except (jwt.InvalidTokenError, RecursionError) as error:  # PyJWT before 2.11 lets the second one out
            raise TokenRefused("malformed", "expected a signed JWT") from error
        # PyJWT lets a signature be written in several ways: padded, and before 2.15 with a last character whose two
        # spare bits are set. A test that spoils a token's last character must see it refused.
        if not text.endswith(base64.urlsafe_b64encode(signed["signature"]).decode().rstrip("=")):
            raise TokenRefused("signature", "not this registry's")
        claims: dict[str, Any] = json.loads(signed["payload"])
        return claims


_MINTED_KEPT = 1_000
"""Clients use a token soon after they got it, or often."""


def check_expiry(expiry: float, *, now: int) -> None:
    """Raise TokenRefused from the moment `expiry`, in seconds since the epoch, on (RFC 7519 §4.1.4)."""
    if now >= expiry * NANOSECONDS:
        raise TokenRefused("expired", f"{now / NANOSECONDS - expiry:g} s ago")


def _payload_of(claims: dict[str, object]) -> bytes:
    """Return `claims` as JSON whose base64url text is base64 as well, without padding.

    The Azure SDK for Python reads a payload with the standard alphabet, the one for Go with padding, those for .NET and
    JavaScript with the URL's: letters and digits in groups of four suit all. JSON may end in blanks (RFC 8259 §2).
    """
    text = json.dumps(claims, separators=(",", ":")).translate(_AWKWARD)
    return text.encode("ascii") + b" " * (-len(text) % 3)
