"""Tokens that a client keeps, each until shortly before it expires."""

import base64
import json
from dataclasses import dataclass, field
from typing import Final, Self

MARGIN_S: Final = 300
"""How long before its expiry a token is replaced; a short-lived one at half of its lifetime."""

_MAX_EXPIRY: Final = 2**63
"""JSON has integers that no float can hold."""


@dataclass(frozen=True)
class KeptToken:
    """A token and the time, in seconds since the epoch, at which it is to be replaced."""

    text: str = field(repr=False)
    replaced_at: float

    @classmethod
    def from_answer(cls, text: str, *, now: float, lifetime: float) -> Self:
        """Keep a token that came at `now`. Its own `exp` counts, or else `lifetime` in seconds."""
        expiry = _expiry_of(text)
        # A token that has expired on arrival comes from a registry with another clock.
        if expiry is not None and expiry > now:
            lifetime = expiry - now
        return cls(text, now + lifetime - min(MARGIN_S, lifetime / 2))

    def is_fresh(self, now: float) -> bool:
        """Whether the token can still be sent."""
        return now < self.replaced_at


def check_sendable(token: str) -> None:
    """Raise ValueError for a token that cannot stand in one header (RFC 6750 §2.1)."""
    if not token.isascii() or not token.isprintable():
        raise ValueError("expected a token of visible ASCII, found other characters")


def _expiry_of(token: str) -> float | None:
    """Return the `exp` of a JWT (RFC 7519 §4.1.4), in seconds since the epoch; None without one."""
    try:
        payload = token.split(".")[1]
        padding = "=" * (-len(payload) % 4)
        expiry = json.loads(base64.urlsafe_b64decode(payload + padding))["exp"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None

    is_time = isinstance(expiry, int | float) and 0 <= expiry < _MAX_EXPIRY
    return float(expiry) if is_time else None
