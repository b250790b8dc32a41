"""Tokens from Microsoft Entra at the exchange. The registry's own tokens are in `tokens`.

Without a verifier they are read and not verified: only Entra has Entra's keys. A fake Entra
verifies the tokens that it signed.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Final, Protocol, runtime_checkable

from fake_registry.auth.signatures import TokenRefused
from fake_registry.auth.tokens import Principal, check_expiry
from fake_registry.spec.text_cache import TextCache

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
"""Audiences that ACR accepts at the exchange, by the cloud's domain; a slash may follow.

Public cloud, first and second: azure-sdk-for-python, test_set_audience, where the audience of the
US government is refused. Third: azure-cli (`az acr login`, acr/_docker_utils.py), whose default
resource is the older name of the second. Other clouds, second: ContainerRegistryAudience of
azure-sdk-for-net; first and third are [I].
"""

_IDENTITY_CLAIMS = ("oid", "appid", "upn", "unique_name", "sub")
_UNNAMED = "unidentified"


@runtime_checkable
class TokenVerifier(Protocol):
    """Verifies tokens from Entra: a `FakeEntra`, or an object of a test."""

    def verify(self, text: str, *, now: int) -> Mapping[str, object]:
        """Return the claims of a token that is valid at `now`, in nanoseconds. Raises TokenRefused."""


def read_entra_token(
    text: str,
    *,
    now: int,
    audiences: tuple[str, ...] = AUDIENCES["azurecr.io"],
    verifiers: Sequence[TokenVerifier] = (),
) -> Principal:
    """Return the principal in a token from Entra.

    Raises TokenRefused: malformed, audience, expired, or the reason of the first verifier. Without
    a verifier any JWT for this service is valid until its `exp`; one without `exp` does not expire.
    """
    claims = _verify(text, now, verifiers) if verifiers else _CLAIMS[text]
    _check_audience(claims.get("aud"), audiences)
    _check_expiry(claims.get("exp"), now=now)

    texts = (_text_of(claims, name) for name in _IDENTITY_CLAIMS)
    identities = tuple(text for text in texts if text)
    name = identities[0] if identities else _UNNAMED
    return Principal(name=name, identities=identities, app_id=_text_of(claims, "appid"))


def _text_of(claims: Mapping[str, object], name: str) -> str:
    claim = claims.get(name)
    return claim if isinstance(claim, str) else ""


def _verify(text: str, now: int, verifiers: Sequence[TokenVerifier]) -> Mapping[str, object]:
    """Return the claims from the first verifier that accepts the token.

    Raises the TokenRefused of the first of all.
    """
    refusals: list[TokenRefused] = []
    for verifier in verifiers:
        try:
            return verifier.verify(text, now=now)
        except TokenRefused as refused:
            refusals.append(refused)
    raise refusals[0]


def _claims_of(text: str) -> Mapping[str, object]:
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


_CLAIMS: Final = TextCache(_claims_of, entries=64, longest=4096)
"""The claims of each token. Clients exchange one for each login, as long as it is valid."""


def _check_audience(audience: object, expected: tuple[str, ...]) -> None:
    # RFC 7519 §4.1.3: one, or a list
    found = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(one, str) and one.rstrip("/") in expected for one in found):
        raise TokenRefused("audience", f"expected {' or '.join(expected)}, found {audience}")


def _check_expiry(expiry: object, *, now: int) -> None:
    if expiry is None:
        return
    # NaN fails both comparisons and is refused.
    if not isinstance(expiry, int | float) or not -(2**63) < expiry < 2**63:
        raise TokenRefused("malformed", "expected seconds since 1970 in exp")
    check_expiry(expiry, now=now)
