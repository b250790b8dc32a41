"""Certificates with which applications sign their assertions: read from PEM, or made."""

import os
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric import rsa

KEY_BITS = 2048
LIFETIME = timedelta(days=365)
BACKDATED_BY = timedelta(days=1)
"""A made certificate is valid from one day before, so that it is valid on every clock."""


@dataclass(frozen=True)
class Certificate:
    """A certificate registered on an application."""

    pem: bytes = field(repr=False)
    """As passed in; with a private key before or after it, azure-identity's `CertificateCredential`
    accepts it."""
    der: bytes = field(repr=False)
    thumbprint: str
    """SHA-1, in upper-case hex as the portal shows it; `x5t` in an assertion (RFC 7515 §4.1.7)."""
    thumbprint_sha256: str
    """SHA-256, in upper-case hex; `x5t#S256` in an assertion (RFC 7515 §4.1.8)."""
    valid_from: datetime
    valid_until: datetime

    @property
    def has_key(self) -> bool:
        """Whether `pem` also holds a private key."""
        return b"PRIVATE KEY-----" in self.pem


def certificate_of(
    name: str,
    given: Literal[True] | bytes | str | os.PathLike[str] | None,
    *,
    today: datetime,
    valid_from: datetime | None,
    valid_until: datetime | None,
) -> Certificate | None:
    """Return the certificate that a caller passed as PEM or path, or a new one for True.

    See `FakeEntra.add_service_principal` for defaults and errors.
    """
    limits = [moment for moment in (valid_from, valid_until) if moment is not None]
    if any(moment.tzinfo is None for moment in limits):
        expected = "expected a time zone, as in datetime.now(UTC)"
        raise ValueError(f"valid_from, valid_until: {expected}, found a datetime without one")

    if given is True:
        start = valid_from or min(today, valid_until or today) - BACKDATED_BY
        end = valid_until or start + LIFETIME
        return make_certificate(name, valid_from=start, valid_until=end)

    if limits:
        expected = "expected certificate=True with them, which makes a certificate"
        raise ValueError(f"valid_from, valid_until: {expected}, found another certificate or none")
    if given is None:
        return None
    return read_certificate(given if isinstance(given, bytes) else Path(given).read_bytes())


def read_certificate(pem: bytes) -> Certificate:
    """Return the first certificate in `pem`. ValueError if there is none, or its key is not RSA."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256
    from cryptography.hazmat.primitives.serialization import Encoding

    certificate = x509.load_pem_x509_certificate(pem)
    key = certificate.public_key()
    if not isinstance(key, RSAPublicKey) or key.key_size < KEY_BITS:
        expected = f"a certificate with an RSA key of at least {KEY_BITS} bits"
        raise ValueError(f"certificate: expected {expected} (RFC 7518 §3.3, §3.5), found another key")

    return Certificate(
        pem=pem,
        der=certificate.public_bytes(Encoding.DER),
        thumbprint=certificate.fingerprint(SHA1()).hex().upper(),  # noqa: S303 - only a name
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
    certificate_pem = self_sign(key, name, valid_from=valid_from, valid_until=valid_until)
    return read_certificate(key_pem + certificate_pem)


def self_sign(
    key: "rsa.RSAPrivateKey",
    name: str,
    *,
    valid_from: datetime,
    valid_until: datetime,
) -> bytes:
    """Return the PEM of a certificate for `key`, signed by it. ValueError if `valid_until`
    is before `valid_from`."""
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
