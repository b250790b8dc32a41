"""The keys that tokens are signed with, and their public form.

All `FakeEntra` objects of a process share one RSA key, because making a key is slow. Each has a
certificate of its own for it; `kid` names the certificate, so an Entra recognizes its own tokens.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

from fake_registry.spec.jws import encode_base64url

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

ALGORITHM = "RS256"
"""Microsoft identity platform, Access tokens: Validate tokens."""


@dataclass(frozen=True)
class SigningKey:
    """An RSA key and its certificate. In Entra's tokens `kid` and `x5t` are equal."""

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
            "n": _encode_number(numbers.n),
            "e": _encode_number(numbers.e),
            "x5c": [self.certificate],
        }


class KeyHolder:
    """The signing key of one Entra, made on first use. Thread-safe."""

    def __init__(self) -> None:
        self._mutex = Lock()
        self._key: SigningKey | None = None

    def signing_key(self) -> SigningKey:
        """Return the key. The first call in a process takes about 130 ms, of which 100 load
        cryptography; the first call of another holder takes half a millisecond."""
        with self._mutex:
            if self._key is None:
                with _MAKING:
                    private = make_key()
                self._key = _certify(private)

            return self._key


_MAKING = Lock()


@cache
def make_key() -> "RSAPrivateKey":
    """Return the key of this process, made by the first call. Callers must not run in parallel."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    from fake_registry.entra.certificates import KEY_BITS

    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _certify(private: "RSAPrivateKey") -> SigningKey:
    """Return the key with a new certificate. Its random serial number makes it unique."""
    from fake_registry.entra.certificates import read_certificate, self_sign

    # no verifier checks these times, and a test's clock may show any
    pem = self_sign(
        private,
        "accounts.accesscontrol.windows.net",
        valid_from=datetime(2000, 1, 1, tzinfo=UTC),
        valid_until=datetime(2099, 1, 1, tzinfo=UTC),
    )
    certificate = read_certificate(pem)
    return SigningKey(
        private=private,
        kid=encode_base64url(bytes.fromhex(certificate.thumbprint)),
        certificate=base64.b64encode(certificate.der).decode(),
    )


def _encode_number(number: int) -> str:
    return encode_base64url(number.to_bytes((number.bit_length() + 7) // 8))
