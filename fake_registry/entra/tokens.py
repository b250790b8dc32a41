"""Entra's access tokens, minted and verified. The registry's own are `auth.tokens`'."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta

from fake_registry.auth.tokens import NANOSECONDS, TokenRefused, check_expiry
from fake_registry.entra.keys import ALGORITHM, SigningKey, encode_base64url
from fake_registry.entra.principals import ManagedIdentity, Principal, ServicePrincipal

BACKDATED = timedelta(minutes=5)
"""How long before its minting a token is valid: Entra's live 65 minutes and are handed out with 60 left (Access token
claims reference, the sample of version 1.0)."""


def mint_access_token(
    principal: Principal,
    resource: str,
    *,
    key: SigningKey,
    now: int,
    lifetime: timedelta,
    new_id: Callable[[], str],
    proof: str,
) -> str:
    """Return an application's access token, in version 1.0, good from `now` (nanoseconds) for `lifetime`.

    `proof` is `appidacr`: "1" for a secret, "2" for a certificate or an assertion (Access token claims reference).
    """
    import jwt

    seconds = now // NANOSECONDS
    issued = seconds - BACKDATED // timedelta(seconds=1)
    issuer = issuer_of(principal.tenant_id)
    claims: dict[str, object] = {
        "aud": resource,
        "iss": issuer,
        "iat": issued,
        "nbf": issued,
        "exp": seconds + lifetime // timedelta(seconds=1),
        "appid": principal.client_id,
        "appidacr": proof,
        "idp": issuer,
        "idtyp": "app",
        "oid": principal.object_id,
        "sub": principal.object_id,
        "tid": principal.tenant_id,
        "uti": new_id(),
        "ver": "1.0",
    }
    if isinstance(principal, ManagedIdentity):
        claims["xms_mirid"] = principal.resource_id
    return jwt.encode(claims, key.private, algorithm=ALGORITHM, headers={"x5t": key.kid, "kid": key.kid})


def proof_of(principal: Principal) -> str:
    """Return the `appidacr` of a principal that shows its first credential."""
    return "1" if isinstance(principal, ServicePrincipal) and principal.secret is not None else "2"


def issuer_of(tenant_id: str) -> str:
    """Return `iss` of version 1.0."""
    return f"https://sts.windows.net/{tenant_id}/"


def verify_access_token(text: str, *, key: SigningKey, now: int, tenant_id: str) -> Mapping[str, object]:
    """Return the claims of a token that was signed with `key` for `tenant_id`. Raises TokenRefused.

    The kinds: malformed, algorithm, signature, issuer, tenant, not yet valid, expired. The audience is for whoever
    takes the token to look at.
    """
    claims = _signed_claims(text, key)
    if claims.get("tid") != tenant_id:
        raise TokenRefused("tenant", f"expected {tenant_id}, found {claims.get('tid')}")
    if claims.get("iss") != issuer_of(tenant_id):
        raise TokenRefused("issuer", f"expected {issuer_of(tenant_id)}, found {claims.get('iss')}")
    starts, ends = claims.get("nbf"), claims.get("exp")
    if not isinstance(starts, int) or not isinstance(ends, int):
        raise TokenRefused("malformed", "expected seconds since 1970 in nbf and exp")
    if now < starts * NANOSECONDS:
        raise TokenRefused("not yet valid", f"for another {starts - now / NANOSECONDS:g} s")
    check_expiry(ends, now=now)
    return claims


def _signed_claims(text: str, key: SigningKey) -> Mapping[str, object]:
    import jwt

    if not text.isascii() or text.count(".") != 2:
        raise TokenRefused("malformed", "expected three parts of base64url")
    _check_spelling(text.rpartition(".")[2])
    try:
        header = jwt.get_unverified_header(text)
        if header.get("alg") != ALGORITHM:
            raise TokenRefused("algorithm", f"expected {ALGORITHM}, found {header.get('alg')}")
        # As a client that looks it up in the keys document: the bare key is every Entra's in this process.
        if header.get("kid") != key.kid:
            raise TokenRefused("signature", "not by this Entra's key")
        # The bare signature: PyJWT's own check of times would look at the machine's clock.
        signed = jwt.PyJWS().decode_complete(text, key.private.public_key(), algorithms=[ALGORITHM])
        claims = json.loads(signed["payload"])
    except jwt.InvalidSignatureError as error:
        raise TokenRefused("signature", "not by this Entra's key") from error
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise TokenRefused("malformed", "expected a signed JWT") from error
    if not isinstance(claims, dict):
        raise TokenRefused("malformed", "expected a JSON object in the second part")
    return claims


def _check_spelling(signature: str) -> None:
    """Refuse a signature whose last character was spoilt in the four bits that are spare.

    Its bytes stay as they are: PyJWT before 2.15 takes it, and later ones call it malformed.
    """
    try:
        content = base64.urlsafe_b64decode(f"{signature}==")
    except ValueError:
        return  # malformed, which PyJWT will say
    if encode_base64url(content) != signature:
        raise TokenRefused("signature", "not by this Entra's key")
