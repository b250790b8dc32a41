"""Token credentials, sync and async, whose tokens the fake takes for ones of Microsoft Entra ID.

The tokens have the parts and claims of an Entra access token, but anybody can make them: they are signed with a key
that stands here. No request is ever sent.
"""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from azure.core.credentials import AccessToken, AccessTokenInfo, TokenCredential, TokenRequestOptions

from fake_registry.clock import Clock

SIGNING_KEY = "pytest-acr signs with this public key, it protects nothing"
DEFAULT_PRINCIPAL = "11111111-1111-4111-8111-111111111111"
TENANT_ID = "22222222-2222-4222-8222-222222222222"
CLIENT_ID = "33333333-3333-4333-8333-333333333333"

LIFETIME = timedelta(minutes=75)
"""The mean of what Entra gives, 60 to 90 minutes (Microsoft identity platform, Configurable token lifetimes)."""


RENEWAL = timedelta(minutes=5)
"""How long before its end a token is replaced (azure-identity, token caching)."""


class AcrCredential:
    """An azure-core `TokenCredential` for `principal`, an object id; its tokens' times are those of `clock`.

    Like those of azure-identity it keeps a token until shortly before it expires.
    """

    def __init__(self, clock: Clock, *, principal: str = DEFAULT_PRINCIPAL) -> None:
        self._tokens = _Tokens(clock, principal)

    # Any: claims, tenant_id, enable_cae and what azure-core may add; only the tenant shows in a token.
    def get_token(self, *scopes: str, tenant_id: str | None = None, **_kwargs: Any) -> AccessToken:
        """Return a token for the resource of `scopes`; no scope, or scopes of two resources, are a `ValueError`."""
        return self._tokens.get(scopes, tenant_id)

    def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Return the same as `get_token` in azure-core's newer class."""
        issued = self._tokens.get(scopes, (options or {}).get("tenant_id"))
        return AccessTokenInfo(issued.token, issued.expires_on)

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> "AcrCredential":
        return self

    def __exit__(self, *_exc_details: object) -> None:
        self.close()


class AcrAioCredential:
    """An azure-core `AsyncTokenCredential`: `AcrCredential` for async clients."""

    def __init__(self, clock: Clock, *, principal: str = DEFAULT_PRINCIPAL) -> None:
        self._tokens = _Tokens(clock, principal)

    # Any: as in `AcrCredential`.
    async def get_token(self, *scopes: str, tenant_id: str | None = None, **_kwargs: Any) -> AccessToken:
        """Return a token for the resource of `scopes`; no scope, or scopes of two resources, are a `ValueError`."""
        return self._tokens.get(scopes, tenant_id)

    async def get_token_info(self, *scopes: str, options: TokenRequestOptions | None = None) -> AccessTokenInfo:
        """Return the same as `get_token` in azure-core's newer class."""
        issued = self._tokens.get(scopes, (options or {}).get("tenant_id"))
        return AccessTokenInfo(issued.token, issued.expires_on)

    async def close(self) -> None:
        """Nothing is open."""

    async def __aenter__(self) -> "AcrAioCredential":
        return self

    async def __aexit__(self, *_exc_details: object) -> None:
        await self.close()


class AwaitedCredential:
    """An azure-core `AsyncTokenCredential` that asks a `TokenCredential`, and blocks while it does."""

    def __init__(self, credential: TokenCredential) -> None:
        self._credential = credential

    # Any: as in `AcrCredential`.
    async def get_token(self, *scopes: str, **kwargs: Any) -> AccessToken:
        """Return the token that the other credential gives."""
        return self._credential.get_token(*scopes, **kwargs)

    async def close(self) -> None:
        """The other credential is its owner's to close."""

    async def __aenter__(self) -> "AwaitedCredential":
        return self

    async def __aexit__(self, *_exc_details: object) -> None:
        await self.close()


class _Tokens:
    """The tokens of one principal, by resource and tenant."""

    def __init__(self, clock: Clock, principal: str) -> None:
        self._clock = clock
        self._principal = principal
        self._issued: dict[tuple[str, str], AccessToken] = {}

    def get(self, scopes: tuple[str, ...], tenant_id: str | None) -> AccessToken:
        key = _audience_of(scopes), tenant_id or TENANT_ID
        now = self._clock.now() // 1_000_000_000
        issued = self._issued.get(key)
        if issued is None or issued.expires_on - now < RENEWAL.total_seconds():
            issued = self._issued[key] = _issue(self._principal, *key, now)
        return issued


def _issue(principal: str, audience: str, tenant: str, now: int) -> AccessToken:
    import jwt  # it loads cryptography, which takes longer than a whole test

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
    return AccessToken(jwt.encode(claims, SIGNING_KEY, algorithm="HS256"), expires_on)


def fixture_claims(text: str) -> dict[str, Any] | None:
    """Return the claims of a token that a credential of this module has issued for its own tenant, None for any other:
    one that `get_token(tenant_id=...)` asked for is some other tenant's. Its times are for whoever takes it to look
    at."""
    import jwt

    try:
        claims: dict[str, Any] = jwt.decode(
            text,
            SIGNING_KEY,
            algorithms=["HS256"],
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False},
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError):  # PyJWT before 2.11 lets the last one out
        return None
    return claims if claims.get("tid") == TENANT_ID else None


def _audience_of(scopes: tuple[str, ...]) -> str:
    """Return the resource that all `scopes` belong to: what stands before their last part."""
    if not scopes:
        raise ValueError("a token is for at least one scope, got none")
    resources = {_resource_of(scope) for scope in scopes}
    if len(resources) > 1:
        raise ValueError(f"the scopes of one token belong to one resource, got {', '.join(sorted(resources))}")
    return resources.pop()


def _resource_of(scope: str) -> str:
    """Return `https://resource` for `https://resource/.default` and, a single permission, `https://resource/name`."""
    url = urlsplit(scope)
    if scope.endswith("/.default") or (url.netloc and url.path.strip("/")):
        return scope.rpartition("/")[0]
    return scope
