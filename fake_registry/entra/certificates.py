"""Certificates that applications sign their assertions with: read, or made on the spot. Trust is `assertions`'."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048


@dataclass(frozen=True)
class Certificate:
    """A certificate registered on an application."""

    pem: bytes = field(repr=False)
    """As it was given, for azure-identity's `CertificateCredential` with its private key in front or behind."""
    der: bytes = field(repr=False)
    thumbprint: str
    """SHA-1, in upper-case hex as the portal shows it; `x5t` in an assertion (RFC 7515 §4.1.7)."""
    thumbprint_sha256: str
    """SHA-256 likewise; `x5t#S256` (RFC 7515 §4.1.8)."""
    valid_from: datetime
    valid_until: datetime

    @property
    def has_key(self) -> bool:
        """Whether `pem` holds a private key as well."""
        return b"PRIVATE KEY-----" in self.pem


def read_certificate(pem: bytes) -> Certificate:
    """Return the first certificate in `pem`. Raises ValueError where there is none, or one without an RSA key."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    certificate = x509.load_pem_x509_certificate(pem)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < KEY_BITS:
        raise ValueError(f"expected a certificate with an RSA key of at least {KEY_BITS} bits (RFC 7518 §3.3, §3.5)")
    return Certificate(
        pem=pem,
        der=certificate.public_bytes(Encoding.DER),
        thumbprint=certificate.fingerprint(SHA1()).hex().upper(),  # noqa: S303 - a name, nothing depends on it
        thumbprint_sha256=certificate.fingerprint(SHA256()).hex().upper(),
        valid_from=certificate.not_valid_before_utc,
        valid_until=certificate.not_valid_after_utc,
    )


def make_certificate(name: str, *, valid_from: datetime, valid_until: datetime) -> Certificate:
    """Return a self-signed certificate for `name` with a new private key."""
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    key_pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return read_certificate(key_pem + self_signed(key, name, valid_from=valid_from, valid_until=valid_until))


def self_signed(key: "rsa.RSAPrivateKey", name: str, *, valid_from: datetime, valid_until: datetime) -> bytes:
    """Return the PEM of a certificate that `key` signs for itself. Raises ValueError for times that are no span."""
    from cryptography import x509
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    common_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64] or "fake")])
    return (
        x509.CertificateBuilder()
        .subject_name(common_name)
        .issuer_name(common_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_until)
        .sign(key, SHA256())
        .public_bytes(Encoding.PEM)
    )
