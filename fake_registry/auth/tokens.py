"""The registry's own tokens, minted and verified. `token_service` decides who receives one.

Refresh and access tokens are JWTs (RFC 7519). The registry that verifies them signs them with
HS256, in `signatures`; real ACR signs with RS256, which no client verifies.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from fake_registry.auth.claims import (
    ANONYMOUS_SUBJECT,
    capital_entries_of,
    encode_payload,
    entries_of,
    scopes_in,
)
from fake_registry.auth.minted import Claims, MintedTokens
from fake_registry.auth.scopes import Scope
from fake_registry.auth.signatures import Signer, TokenRefused, unverified_audience
from fake_registry.clock import SECOND_NS
from fake_registry.settings import Settings

_ISSUER = "Azure Container Registry"
"""From Azure SDK for Go recordings, as are the `version` and the order of the claims."""


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
        self._settings = settings
        self._signer = Signer(key)
        self._new_id = new_id
        self._registry_id = uuid5(NAMESPACE_DNS, settings.login_server).hex
        self._mutex = threading.Lock()
        self._minted = MintedTokens()
        self._has_valid = False
        """Whether a token was signed, and not revoked."""

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
        return self._sign(common | {"version": "2.0"} | claims | {"appid": app_id})

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
        claims = self._claims_for(text, service)
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

    def reissue(self, text: str, encode: Callable[[Claims], bytes]) -> str:
        """Return a token with the payload that `encode` makes of the claims of another.

        Raises TokenRefused for one that is not this registry's.
        """
        payload = encode(dict(self._signed_claims(text)))
        claims: Claims = json.loads(payload)
        return self._sign_payload(payload, claims)

    def revoke(self) -> bool:
        """Make all tokens that were issued so far invalid. Return whether any was valid."""
        with self._mutex:
            had_valid, self._has_valid = self._has_valid, False
            self._signer.revoke()
            self._minted.clear()
        return had_valid

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

    def _sign(self, claims: Claims) -> str:
        return self._sign_payload(encode_payload(claims), claims)

    def _sign_payload(self, payload: bytes, claims: Claims) -> str:
        # The signature of a token that we minted need not be verified: that would cost as much as
        # the whole call.
        with self._mutex:  # `revoke` forgets those that were kept before it
            text = self._signer.sign(payload)
            self._minted.keep(text, claims)
            self._has_valid = True
        return text

    def _claims_for(self, text: str, service: str) -> Claims:
        try:
            return self._signed_claims(text)
        except TokenRefused as refused:
            audience = unverified_audience(text)
            if refused.kind != "signature" or audience in ("", service.lower()):
                raise

            reason = f"not this registry's: its audience is {audience}"
            raise TokenRefused("signature", reason) from refused

    def _signed_claims(self, text: str) -> Claims:
        minted = self._minted.claims_of(text)
        return self._signer.claims_of(text) if minted is None else minted


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
