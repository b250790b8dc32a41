"""Microsoft Entra's tokens at the exchange. The registry's own are in `tokens`.

They are read and not verified, for nobody can hold Entra's keys; where a fake Entra signs them, its verifier does.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Protocol

from fake_registry.auth.tokens import Principal, TokenRefused, check_expiry

AUDIENCES: Mapping[str, tuple[str, ...]] = {
    "azurecr.io": (
        "https://containerregistry.azure.net",
        "https://management.azure.com",
        "https://management.core.windows.net",
    ),
    "azurecr.us": (
        "https://containerregistry.azure.net",
        "https://management.usgovcloudapi.net",
        "https://management.core.usgovcloudapi.net",
    ),
    "azurecr.cn": (
        "https://containerregistry.azure.net",
        "https://management.chinacloudapi.cn",
        "https://management.core.chinacloudapi.cn",
    ),
}
"""What ACR takes at the exchange, by the cloud's domain, with and without a slash at the end.

The first two of the public cloud: azure-sdk-for-python, test_set_audience, where the US government's is refused. The
third is what azure-cli sends (`az acr login`, acr/_docker_utils.py: its default resource, the older name of the
second). The other clouds' second: ContainerRegistryAudience of azure-sdk-for-net; their first and third are [I].
"""

_IDENTITY_CLAIMS = ("oid", "appid", "upn", "unique_name", "sub")
_UNNAMED = "unidentified"


class TokenVerifier(Protocol):
    """Who signs the Entra tokens that a registry takes: a `FakeEntra`, or a test's own."""

    def verify(self, text: str, *, now: int) -> Mapping[str, object]:
        """Return the claims of a token that is good at `now`, in nanoseconds. Raises TokenRefused for any other."""


def read_entra_token(
    text: str,
    *,
    now: int,
    audiences: tuple[str, ...] = AUDIENCES["azurecr.io"],
    verifiers: Sequence[TokenVerifier] = (),
) -> Principal:
    """Return whom the Entra token `text` names. Raises TokenRefused: malformed, audience, expired, or the verifier's.

    Without one any JWT will do as long as it is for this service and not expired at `now`; one without `exp` never is.
    """
    claims = _verified(text, now, verifiers) if verifiers else _claims_of(text)
    _check_audience(claims.get("aud"), audiences)
    _check_expiry(claims.get("exp"), now=now)
    identities = tuple(claim for name in _IDENTITY_CLAIMS if isinstance(claim := claims.get(name), str) and claim)
    app_id = claims.get("appid")
    return Principal(
        name=identities[0] if identities else _UNNAMED,
        identities=identities,
        app_id=app_id if isinstance(app_id, str) else "",
    )


def _verified(text: str, now: int, verifiers: Sequence[TokenVerifier]) -> Mapping[str, object]:
    """Return the claims that one of `verifiers` vouches for. Raises what the first of them has against the token."""
    refusals: list[TokenRefused] = []
    for verifier in verifiers:
        try:
            return verifier.verify(text, now=now)
        except TokenRefused as refused:
            refusals.append(refused)
    raise refusals[0]


def _claims_of(text: str) -> dict[str, object]:
    parts = text.split(".")
    if len(parts) != 3:
        raise TokenRefused("malformed", f"expected a JWT of 3 parts, found {len(parts)}")
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=="))
    except (ValueError, RecursionError) as error:
        raise TokenRefused("malformed", "expected base64url of JSON in the second part") from error
    if not isinstance(claims, dict):
        raise TokenRefused("malformed", "expected a JSON object in the second part")
    return claims


def _check_audience(audience: object, expected: tuple[str, ...]) -> None:
    found = audience if isinstance(audience, list) else [audience]  # RFC 7519 §4.1.3: one, or a list
    if not any(isinstance(one, str) and one.rstrip("/") in expected for one in found):
        raise TokenRefused("audience", f"expected {' or '.join(expected)}, found {audience}")


def _check_expiry(expiry: object, *, now: int) -> None:
    if expiry is None:
        return
    # compared this way round NaN is refused as well
    if not isinstance(expiry, int | float) or not -(2**63) < expiry < 2**63:
        raise TokenRefused("malformed", "expected seconds since 1970 in exp")
    check_expiry(expiry, now=now)
