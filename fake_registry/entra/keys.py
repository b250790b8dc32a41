"""The keys that tokens are signed with, and the document that tells them.

Every `FakeEntra` in this process has the same RSA key, for making one is slow, and each its own certificate for it. A
key goes by its certificate (`kid`), and so each Entra knows its own tokens.
"""

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


class KeyHolder:
    """One Entra's signing key, made when it is first asked for. Safe to use from several threads."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._made: SigningKey | None = None

    def signing_key(self) -> SigningKey:
        """Return the key. A process' first takes some 30 ms, and 100 for loading cryptography; others half of one."""
        with self._mutex:
            if self._made is None:
                with _MAKING:
                    private = made_key()
                self._made = _certified(private)
            return self._made


_MAKING = Lock()


@cache
def made_key() -> "RSAPrivateKey":
    """Make the process' key. Not to be called by two threads at once: each would get its own."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    from fake_registry.entra.certificates import KEY_BITS

    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _certified(private: "RSAPrivateKey") -> SigningKey:
    """Return the key under a new certificate, which no other is like: its serial number is random."""
    from fake_registry.entra.certificates import read_certificate, self_signed

    # its own validity means nothing: no verifier looks at it, and clocks may stand anywhere
    span = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    signed = self_signed(private, "accounts.accesscontrol.windows.net", valid_from=span[0], valid_until=span[1])
    certificate = read_certificate(signed)
    return SigningKey(
        private=private,
        kid=encode_base64url(bytes.fromhex(certificate.thumbprint)),
        certificate=base64.b64encode(certificate.der).decode(),
    )


def encode_base64url(content: bytes) -> str:
    """Return base64url without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _unsigned(number: int) -> str:
    return encode_base64url(number.to_bytes((number.bit_length() + 7) // 8))
