"""Token credentials, sync and async, whose tokens the fake accepts as those of Microsoft Entra ID.

The tokens have the parts and claims of an Entra access token, but they protect nothing: they are
signed with a key that is public. No request is ever sent.
"""

import json
from datetime import timedelta
from types import TracebackType
from typing import Any, Final
from urllib.parse import urlsplit

from azure.core.credentials import (
    AccessToken,
    AccessTokenInfo,
    TokenCredential,
    TokenRequestOptions,
)

from fake_registry.arguments import check_arguments
from fake_registry.clock import SECOND_NS, Clock
from fake_registry.spec.jws import sign_hs256

SIGNING_KEY: Final = "pytest-acr signs with this public key, it protects nothing"

DEFAULT_PRINCIPAL: Final = "11111111-1111-4111-8111-111111111111"
"""The object id of the principal of credentials that are made without one."""

TENANT_ID: Final = "22222222-2222-4222-8222-222222222222"
CLIENT_ID: Final = "33333333-3333-4333-8333-333333333333"

LIFETIME: Final = timedelta(minutes=75)
"""The mean of Entra's 60 to 90 minutes (Microsoft identity platform, Token lifetimes)."""

RENEWAL: Final = timedelta(minutes=5)
"""A token is replaced this long before its end (azure-identity, token caching)."""


class AcrCredential:
    """An azure-core `TokenCredential` for `principal`, an object id.

    Its tokens expire by `clock`. Like a credential of azure-identity, it keeps a token until
    shortly before it expires.
    """

    @check_arguments
    def __init__(self, clock: Clock, *, principal: str = DEFAULT_PRINCIPAL) -> None:
        self._tokens = _Tokens(clock, principal)
        self._principal = principal

    def __repr__(self) -> str:
        return f"<AcrCredential of {self._principal!r}>"

    # Any: `claims`, `enable_cae` and later arguments of azure-core; they do not change a token
    def get_token(self, *scopes: str, tenant_id: str | None = None, **_kwargs: Any) -> AccessToken:
        """Return a token for the resource of `scopes`.

        Raises ValueError without a scope, or for scopes of two resources.
        """
        return self._tokens.get(scopes, tenant_id)

    def get_token_info(
        self,
        *scopes: str,
        options: TokenRequestOptions | None = None,
    ) -> AccessTokenInfo:
        """Return the token of `get_token` in azure-core's newer class."""
        return self._tokens.get_info(scopes, options)

    def close(self) -> None:
        """Do nothing: no connection is open."""

    def __enter__(self) -> "AcrCredential":
        return self

    def __exit__(self, *_exc_details: object) -> None:
        self.close()


class AcrAioCredential:
    """An azure-core `AsyncTokenCredential`, otherwise as `AcrCredential`."""

    @check_arguments
    def __init__(self, clock: Clock, *, principal: str = DEFAULT_PRINCIPAL) -> None:
        self._tokens = _Tokens(clock, principal)
        self._principal = principal

    def __repr__(self) -> str:
        return f"<AcrAioCredential of {self._principal!r}>"

    # Any: as in `AcrCredential`
    async def get_token(
        self,
        *scopes: str,
        tenant_id: str | None = None,
        **_kwargs: Any,
    ) -> AccessToken:
        """Return a token for the resource of `scopes`.

        Raises ValueError without a scope, or for scopes of two resources.
        """
        return self._tokens.get(scopes, tenant_id)

    async def get_token_info(
        self,
        *scopes: str,
        options: TokenRequestOptions | None = None,
    ) -> AccessTokenInfo:
        """Return the token of `get_token` in azure-core's newer class."""
        return self._tokens.get_info(scopes, options)

    async def close(self) -> None:
        """Do nothing: no connection is open."""

    async def __aenter__(self) -> "AcrAioCredential":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()


class AwaitedCredential:
    """An azure-core `AsyncTokenCredential` that calls a `TokenCredential`, and blocks meanwhile."""

    def __init__(self, credential: TokenCredential) -> None:
        self._credential = credential

    # Any: as in `AcrCredential`
    async def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """Return the token of the other credential."""
        return self._credential.get_token(*scopes, **kwargs)

    async def close(self) -> None:
        """Do nothing: the owner of the other credential closes it."""

    async def __aenter__(self) -> "AwaitedCredential":
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self.close()


class _Tokens:
    """The tokens of one principal, one for each resource and tenant."""

    def __init__(self, clock: Clock, principal: str) -> None:
        self._clock = clock
        self._principal = principal
        self._issued: dict[tuple[str, str], AccessToken] = {}

    def get(self, scopes: tuple[str, ...], tenant_id: str | None) -> AccessToken:
        key = _audience_of(scopes), tenant_id or TENANT_ID
        now = self._clock.now() // SECOND_NS
        kept = self._issued.get(key)
        if kept is not None and kept.expires_on - now >= RENEWAL.total_seconds():
            return kept

        issued = _issue(self._principal, *key, now)
        self._issued[key] = issued
        return issued

    def get_info(
        self,
        scopes: tuple[str, ...],
        options: TokenRequestOptions | None,
    ) -> AccessTokenInfo:
        tenant_id = (options or {}).get("tenant_id")
        issued = self.get(scopes, tenant_id)
        return AccessTokenInfo(issued.token, issued.expires_on)


def _issue(principal: str, audience: str, tenant: str, now: int) -> AccessToken:
    expires_on = now + int(LIFETIME.total_seconds())
    claims = {
        "aud": audience,
        "iss": f"https://sts.windows.net/{tenant}/",
        "iat": now,
        "nbf": now,
        "exp": expires_on,
        "appid": CLIENT_ID,
        "oid": principal,
        "sub": principal,
        "tid": tenant,
        "ver": "1.0",
    }
    payload = json.dumps(claims, separators=(",", ":")).encode()
    return AccessToken(sign_hs256(payload, SIGNING_KEY.encode()), expires_on)


def fixture_claims(text: str) -> dict[str, Any] | None:
    """Return the claims of a token that a credential of this module has issued; None for any other.

    A token of `get_token(tenant_id=...)` belongs to another tenant, so the result is None as well.
    The times of the token are not checked.
    """
    import jwt  # it loads cryptography, which takes longer than a whole test

    try:
        claims: dict[str, Any] = jwt.decode(
            text,
            SIGNING_KEY,
            algorithms=["HS256"],
            options={
                "verify_exp": False,
                "verify_nbf": False,
                "verify_iat": False,
                "verify_aud": False,
            },
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        return None  # PyJWT before 2.11 does not catch a RecursionError itself
    return claims if claims.get("tid") == TENANT_ID else None


def _audience_of(scopes: tuple[str, ...]) -> str:
    """Return the resource of all `scopes`, which is the part before their last slash."""
    if not scopes:
        raise ValueError("expected at least one scope, found none")

    resources = {_resource_of(scope) for scope in scopes}
    if len(resources) > 1:
        found = ", ".join(sorted(resources))
        raise ValueError(f"expected scopes of one resource, found those of {found}")
    return resources.pop()


def _resource_of(scope: str) -> str:
    """Return `https://resource` for `https://resource/.default`, and for `https://resource/name`.

    The second form is a single permission.
    """
    url = urlsplit(scope)
    is_permission = bool(url.netloc and url.path.strip("/"))
    if is_permission or scope.endswith("/.default"):
        return scope.rpartition("/")[0]
    return scope
