"""Tokens that are signed with HS256: JSON Web Signatures in compact form (RFC 7515 §3.1).

Signing alone: PyJWT, which verifies them, takes longer to load than a test takes.
"""

import base64
import hmac
from typing import Final

_HEADER: Final = '{"alg":"HS256","typ":"JWT"}'


def sign_hs256(payload: bytes, key: bytes) -> str:
    """Return the token with a payload (RFC 7515 §5.1, RFC 7518 §3.2).

    >>> sign_hs256(b"{}", b"k")
    'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.e30.sdq8hlcnGupCQofW8T3WXS8lMHPKjY78f7plDHoTsoI'
    """
    signed = f"{_ENCODED_HEADER}.{encode_base64url(payload)}"
    signature = hmac.digest(key, signed.encode("ascii"), "sha256")
    return f"{signed}.{encode_base64url(signature)}"


def encode_base64url(content: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(content).decode("ascii").rstrip("=")


_ENCODED_HEADER: Final = encode_base64url(_HEADER.encode())
