"""Minting and verifying Entra's access tokens. The registry's own tokens are in `auth.tokens`."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta

from fake_registry.auth.signatures import TokenRefused
from fake_registry.auth.tokens import check_expiry
from fake_registry.clock import SECOND_NS
from fake_registry.entra.keys import ALGORITHM, SigningKey
from fake_registry.entra.principals import EntraPrincipal, ManagedIdentity, ServicePrincipal
from fake_registry.spec.jws import encode_base64url

BACKDATED = timedelta(minutes=5)
"""How long before it is minted a token becomes valid: Entra's tokens are valid for 65 minutes and are
issued with 60 left (Access token claims reference, the sample of version 1.0)."""

_FOREIGN_KEY = "not by this Entra's key"


def mint_access_token(
    principal: EntraPrincipal,
    resource: str,
    *,
    key: SigningKey,
    now: int,
    lifetime: timedelta,
    new_id: Callable[[], str],
    proof: str,
) -> str:
    """Return an access token of version 1.0 that expires `lifetime` after `now` (nanoseconds).

    `proof` is `appidacr`: "1" for a secret, "2" for a certificate or an assertion (Access token
    claims reference).
    """
    import jwt

    seconds = now // SECOND_NS
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
    return jwt.encode(
        claims,
        key.private,
        algorithm=ALGORITHM,
        headers={"x5t": key.kid, "kid": key.kid},
    )


def proof_of(principal: EntraPrincipal) -> str:
    """Return `appidacr` for a principal that logs in with the first credential it has."""
    has_secret = isinstance(principal, ServicePrincipal) and principal.secret is not None
    return "1" if has_secret else "2"


def issuer_of(tenant_id: str) -> str:
    """Return the claim `iss` of version 1.0."""
    return f"https://sts.windows.net/{tenant_id}/"


def verify_access_token(
    text: str,
    *,
    key: SigningKey,
    now: int,
    tenant_id: str,
) -> Mapping[str, object]:
    """Return the claims of a token that `key` signed for `tenant_id`, or raise TokenRefused.

    The kinds of refusal: malformed, algorithm, signature, issuer, tenant, not yet valid, expired.
    The audience is not checked: that is left to the caller.
    """
    claims = _signed_claims(text, key)
    if claims.get("tid") != tenant_id:
        raise TokenRefused("tenant", f"expected {tenant_id}, found {claims.get('tid')}")
    issuer = issuer_of(tenant_id)
    if claims.get("iss") != issuer:
        raise TokenRefused("issuer", f"expected {issuer}, found {claims.get('iss')}")

    starts, ends = claims.get("nbf"), claims.get("exp")
    if not isinstance(starts, int) or not isinstance(ends, int):
        raise TokenRefused("malformed", "expected seconds since 1970 in nbf and exp")
    if now < starts * SECOND_NS:
        raise TokenRefused("not yet valid", f"for another {starts - now / SECOND_NS:g} s")
    check_expiry(ends, now=now)
    return claims


def _signed_claims(text: str, key: SigningKey) -> Mapping[str, object]:
    import jwt

    if not text.isascii() or text.count(".") != 2:
        raise TokenRefused("malformed", "expected three parts of base64url")
    _check_last_character(text.rpartition(".")[2])

    try:
        _check_header(jwt.get_unverified_header(text), key)
        # not `jwt.decode`: it would check the times against the machine's clock
        public = key.private.public_key()
        signed = jwt.PyJWS().decode_complete(text, public, algorithms=[ALGORITHM])
        claims = json.loads(signed["payload"])
    except jwt.InvalidSignatureError as error:
        raise TokenRefused("signature", _FOREIGN_KEY) from error
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise TokenRefused("malformed", "expected a signed JWT") from error

    if not isinstance(claims, dict):
        raise TokenRefused("malformed", "expected a JSON object in the second part")
    return claims


def _check_header(header: Mapping[str, object], key: SigningKey) -> None:
    if header.get("alg") != ALGORITHM:
        raise TokenRefused("algorithm", f"expected {ALGORITHM}, found {header.get('alg')}")
    # all Entras of a process share the RSA key; `kid` distinguishes their tokens
    if header.get("kid") != key.kid:
        raise TokenRefused("signature", _FOREIGN_KEY)


def _check_last_character(signature: str) -> None:
    """Refuse a signature whose last character differs in its four unused bits.

    It decodes to the same bytes, so PyJWT before 2.15 accepts it. Later versions report it as
    malformed.
    """
    try:
        content = base64.urlsafe_b64decode(f"{signature}==")
    except ValueError:
        return  # malformed: PyJWT reports it

    if encode_base64url(content) != signature:
        raise TokenRefused("signature", _FOREIGN_KEY)
