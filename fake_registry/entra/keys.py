"""The key that signs every token of every `FakeEntra` in this process, and the document that tells it."""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ALGORITHM = "RS256"
"""Microsoft identity platform, Access tokens: Validate tokens."""


_MAKING = Lock()


@dataclass(frozen=True)
class SigningKey:
    """An RSA key with the names that a token's header calls it by: `kid` and `x5t` are one, as Entra's are."""

    private: "RSAPrivateKey" = field(repr=False)
    kid: str
    certificate: str
    """DER in base64, the `x5c` of RFC 7517 §4.7."""

    def as_jwk(self) -> dict[str, object]:
        """Return the public part as in Entra's keys document (RFC 7517 §4, RFC 7518 §6.3.1)."""
        numbers = self.private.public_key().public_numbers()
        return {
            "kty": "RSA",
            "use": "sig",
            "kid": self.kid,
            "x5t": self.kid,
            "n": _unsigned(numbers.n),
            "e": _unsigned(numbers.e),
            "x5c": [self.certificate],
        }


def signing_key() -> SigningKey:
    """Return the process' key, made at the first call: that takes some 30 ms, and 100 for loading cryptography."""
    with _MAKING:
        return made_key()


@cache
def made_key() -> SigningKey:
    """Make the key. Not to be called by two threads at once: each would get its own."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    from fake_registry.entra.certificates import KEY_BITS, read_certificate, self_signed

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    # its own validity means nothing: no verifier looks at it, and clocks may stand anywhere
    span = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    signed = self_signed(key, "accounts.accesscontrol.windows.net", valid_from=span[0], valid_until=span[1])
    certificate = read_certificate(signed)
    return SigningKey(
        private=key,
        kid=encode_base64url(bytes.fromhex(certificate.thumbprint)),
        certificate=base64.b64encode(certificate.der).decode(),
    )


def encode_base64url(content: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unsigned(number: int) -> str:
    return encode_base64url(number.to_bytes((number.bit_length() + 7) // 8))
