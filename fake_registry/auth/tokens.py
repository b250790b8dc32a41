"""The registry's own tokens, minted and verified. `token_service` decides who receives one.

Refresh and access tokens are JWTs (RFC 7519). The registry that verifies them signs them with
HS256; real ACR signs with RS256, which no client verifies.
"""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal
from uuid import NAMESPACE_DNS, uuid5

from fake_registry.auth.claims import (
    ANONYMOUS_SUBJECT,
    capital_entries_of,
    encode_payload,
    entries_of,
    scopes_in,
)
from fake_registry.auth.minted import MintedTokens
from fake_registry.auth.scopes import Scope
from fake_registry.clock import SECOND_NS
from fake_registry.settings import Settings

if TYPE_CHECKING:
    import jwt  # loads cryptography, which takes time: at run time only when a token is signed

MIN_KEY_BYTES = 32
"""RFC 7518 §3.2: a key for HS256 is at least as long as the hash."""

_ALGORITHM = "HS256"

_ISSUER = "Azure Container Registry"
"""From Azure SDK for Go recordings, as are the `version` and the order of the claims."""

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


class TokenRefused(Exception):
    """A token is refused. `kind` is the reason in one of a few words; the text has the details."""

    def __init__(self, kind: RefusalKind, found: str) -> None:
        super().__init__(f"{kind}: {found}")
        self.kind = kind


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A principal of Entra."""

    name: str
    """For people to read."""
    identities: tuple[str, ...] = ()
    """Ids and names to which roles may be granted."""
    app_id: str = ""


@dataclass(frozen=True)
class RefreshToken:
    """The content of a refresh token: the principal of the exchange."""

    principal: Principal


@dataclass(frozen=True)
class AccessToken:
    """The content of an access token."""

    subject: str
    """Empty for an anonymous caller."""
    access: tuple[Scope, ...]
    app_id: str = ""


Token = RefreshToken | AccessToken


class Issuer:
    """Mints and verifies one registry's tokens.

    `service` is the registry's host, `now` nanoseconds since the epoch.
    """

    def __init__(self, settings: Settings, *, key: bytes, new_id: Callable[[], str]) -> None:
        if len(key) < MIN_KEY_BYTES:
            raise ValueError(f"key: expected at least {MIN_KEY_BYTES} bytes, found {len(key)}")
        self._settings = settings
        self._key = key
        self._new_id = new_id
        self._registry_id = uuid5(NAMESPACE_DNS, settings.login_server).hex
        self._minted = MintedTokens()

    def mint_refresh_token(
        self,
        principal: Principal,
        permissions: tuple[str, ...],
        *,
        tenant: str = "",
        service: str,
        now: int,
    ) -> str:
        """Return a refresh token with the claims of a recorded one (acr-behaviour 3.6).

        `tenant` is the one that the exchange named, empty if it named none. `identities` are an
        addition: ACR can look them up in Entra.
        """
        lifetime = self._settings.refresh_token_lifetime
        common = self._common_claims(principal.name, service, now, lifetime)
        claims = {
            "grant_type": "refresh_token",
            "appid": principal.app_id,
            **({"tenant": tenant} if tenant else {}),
            "permissions": {"Actions": permissions, "NotActions": None},
            "roles": [],
            "identities": principal.identities,
        }
        return self._sign(common | claims)

    def mint_access_token(
        self,
        subject: str,
        access: tuple[Scope, ...],
        *,
        app_id: str = "",
        service: str,
        now: int,
    ) -> str:
        """Return a user's access token (acr-behaviour 3.6)."""
        common = self._common_claims(subject, service, now, self._settings.access_token_lifetime)
        claims = _access_claims(entries_of(access))
        return self._sign(common | claims | {"appid": app_id})

    def mint_anonymous_token(
        self,
        access: tuple[Scope, ...],
        *,
        service: str,
        now: int,
    ) -> str:
        """Return an access token of a caller without credentials (acr-behaviour 3.6)."""
        lifetime = self._settings.anonymous_token_lifetime
        common = self._common_claims(ANONYMOUS_SUBJECT, service, now, lifetime)
        return self._sign(common | _access_claims(capital_entries_of(access)))

    def verify(self, text: str, *, service: str, now: int) -> Token:
        """Return the content of a token of either kind. Raises TokenRefused.

        It is valid from the second of its minting until its expiry (RFC 7519 §4.1.4).
        """
        claims = self._signed_claims(text)
        if claims["aud"].lower() != service.lower():
            raise TokenRefused("audience", f"expected {service}, found {claims['aud']}")
        if now < claims["nbf"] * SECOND_NS:
            seconds = claims["nbf"] - now / SECOND_NS
            raise TokenRefused("not yet valid", f"for another {seconds:g} s")
        check_expiry(claims["exp"], now=now)

        if claims["grant_type"] == "refresh_token":
            return _refresh_token_of(claims)
        return _access_token_of(claims)

    def verify_refresh_token(self, text: str, *, service: str, now: int) -> RefreshToken:
        """Return the content of a refresh token. Raises TokenRefused, also for an access token."""
        token = self.verify(text, service=service, now=now)
        if not isinstance(token, RefreshToken):
            raise TokenRefused("wrong kind", "expected a refresh token, found an access token")
        return token

    def verify_access_token(self, text: str, *, service: str, now: int) -> AccessToken:
        """Return the content of an access token. Raises TokenRefused, also for a refresh token."""
        token = self.verify(text, service=service, now=now)
        if not isinstance(token, AccessToken):
            raise TokenRefused("wrong kind", "expected an access token, found a refresh token")
        return token

    def forget(self) -> None:
        """Forget the tokens that were minted; they stay valid."""
        self._minted.clear()

    def _common_claims(
        self,
        subject: str,
        service: str,
        now: int,
        lifetime: timedelta,
    ) -> dict[str, object]:
        issued = now // SECOND_NS
        return {
            "jti": self._new_id(),
            "sub": subject,
            "nbf": issued,
            "exp": issued + lifetime // timedelta(seconds=1),  # Go's JSON refuses 1.0 as an integer
            "iat": issued,
            "iss": _ISSUER,
            "aud": service,
            "version": "1.0",
            "rid": self._registry_id,
        }

    @cached_property
    def _jws(self) -> "jwt.PyJWS":
        import jwt
        from jwt.algorithms import HMACAlgorithm

        class PreparedHmac(HMACAlgorithm):
            """HMAC without a check of the key.

            At every use PyJWT checks that it is not an asymmetric key, which takes longer than to
            sign. Ours is random bytes.
            """

            def prepare_key(self, key: str | bytes) -> bytes:
                return key.encode() if isinstance(key, str) else key

        jws = jwt.PyJWS(algorithms=[])
        jws.register_algorithm(_ALGORITHM, PreparedHmac(HMACAlgorithm.SHA256))
        return jws

    def _sign(self, claims: dict[str, object]) -> str:
        text = self._jws.encode(encode_payload(claims), self._key, algorithm=_ALGORITHM)
        # The signature of a token that we minted need not be verified: that would cost as much as
        # the whole call.
        self._minted.keep(text, claims)
        return text

    def _signed_claims(self, text: str) -> dict[str, Any]:  # Any: a claim, as we signed it
        minted = self._minted.claims_of(text)
        if minted is not None:
            return minted

        signed = self._verify_signature(text)
        # PyJWT accepts other encodings of a signature: padded, and before 2.15 with a last
        # character whose two spare bits are set. A test that alters a token's last character needs
        # a refusal.
        signature = base64.urlsafe_b64encode(signed["signature"]).decode().rstrip("=")
        if not text.endswith(signature):
            raise TokenRefused("signature", "not this registry's")
        claims: dict[str, Any] = json.loads(signed["payload"])
        return claims

    def _verify_signature(self, text: str) -> dict[str, Any]:  # Any: parts of a token, by PyJWT
        import jwt

        if not text.isascii():
            raise TokenRefused("malformed", "expected three parts of base64url")
        try:
            # First, because PyJWT before 2.12 checks a header such as `kid` after the signature, or
            # not at all.
            algorithm = jwt.get_unverified_header(text).get("alg")
            if algorithm != _ALGORITHM:
                raise TokenRefused("algorithm", f"expected {_ALGORITHM}, found {algorithm}")
            # The signature alone: PyJWT would check times by the machine's clock.
            return self._jws.decode_complete(text, self._key, algorithms=[_ALGORITHM])
        except jwt.InvalidSignatureError as error:
            raise TokenRefused("signature", "not this registry's") from error
        # PyJWT before 2.11 does not catch RecursionError.
        except (jwt.InvalidTokenError, RecursionError) as error:
            raise TokenRefused("malformed", "expected a signed JWT") from error


def _refresh_token_of(claims: dict[str, Any]) -> RefreshToken:  # Any: a claim
    principal = Principal(
        name=claims["sub"],
        identities=tuple(claims["identities"]),
        app_id=claims["appid"],
    )
    return RefreshToken(principal)


def _access_claims(entries: list[dict[str, object]]) -> dict[str, object]:
    return {"access": entries, "roles": [], "grant_type": "access_token"}


def _access_token_of(claims: dict[str, Any]) -> AccessToken:  # Any: a claim
    access = scopes_in(claims["access"])
    app_id = claims.get("appid")
    if app_id is None:  # an anonymous token alone has no application
        return AccessToken("", access)
    return AccessToken(claims["sub"], access, app_id)


def check_expiry(expiry: float, *, now: int) -> None:
    """Raise TokenRefused at and after `expiry`, seconds since the epoch (RFC 7519 §4.1.4)."""
    if now >= expiry * SECOND_NS:
        raise TokenRefused("expired", f"{now / SECOND_NS - expiry:g} s ago")
