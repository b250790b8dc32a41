"""Tokens as Microsoft Entra issues them, for a registry that reads them and does not verify them."""

import base64
import json
from typing import Final

AUDIENCE: Final = "https://containerregistry.azure.net"
_FAR_AWAY: Final = 250_000_000_000
"""A time in seconds in the year 9892: a token does not expire when a test moves the clock."""


def entra_token(principal: str) -> str:
    """Return a token for a principal, whose signature is no signature."""
    claims = {"aud": AUDIENCE, "exp": _FAR_AWAY, "oid": principal}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.c2ln"
