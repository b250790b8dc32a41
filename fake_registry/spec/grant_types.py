"""The grant types of OAuth that are no secrets."""

from typing import Final

from fake_registry.spec.redaction import HIDDEN


def redact_grant_type(grant_type: str) -> str:
    """Return a grant type if it is known or empty: any other may be a secret in a wrong field."""
    return grant_type if grant_type in _GRANT_TYPES else HIDDEN


_GRANT_TYPES: Final = frozenset(
    {
        "",
        "access_token",
        "access_token_refresh_token",
        "authorization_code",
        "client_credentials",
        "password",
        "refresh_token",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:token-exchange",
    }
)
"""Those of ACR's token service (acr-behaviour 3), and of RFC 6749, 7523, 8628 and 8693."""
