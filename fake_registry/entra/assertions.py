"""Client assertions: signed tokens that an application sends instead of a secret (RFC 7523 §2.2).

An assertion is either signed with the application's registered certificate (Microsoft identity
platform, Certificate credentials), or comes from another issuer and equals a registered text
(Workload identity federation). The times inside an assertion are not checked: clients take them
from the machine's clock, and the fake's clock may differ. The certificate's times are checked.
"""

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fake_registry.entra import errors
from fake_registry.entra.certificates import Certificate
from fake_registry.entra.directory import Directory
from fake_registry.entra.discovery import LONGEST_URL
from fake_registry.entra.principals import ServicePrincipal, Tenant
from fake_registry.spec.jws import encode_base64url

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""RFC 7523 §2.2."""

_ALGORITHMS = ("RS256", "PS256")

_Json = dict[str, Any]  # Any: JSON from the client


def check_assertion(
    text: str,
    application: ServicePrincipal,
    *,
    directory: Directory,
    tenant: Tenant,
    time: datetime,
) -> None:
    """Raise EntraRefused unless `text` authenticates `application` at `time`."""
    if text in application.federated_tokens:
        return

    header, claims = _read(text)
    if header is None or claims is None:
        if application.federated_tokens:
            raise errors.unknown_federated_token("", "", "")
        raise errors.malformed_assertion()

    issuer, subject, audience = (_text(claims.get(name)) for name in ("iss", "sub", "aud"))
    client_id = application.client_id.lower()
    signed_by = _text(header.get("x5t#S256")) or _text(header.get("x5t"))
    if not signed_by and issuer.lower() != client_id:
        raise errors.unknown_federated_token(issuer, subject, audience)

    certificate = application.certificate
    if certificate is None or signed_by.rstrip("=") not in _thumbprints_of(certificate):
        raise errors.unregistered_certificate(application.client_id, _hex_of(signed_by))

    _check_signature(text, application.client_id, certificate, time=time)
    if {issuer.lower(), subject.lower()} != {client_id}:
        raise errors.wrong_assertion_subject()
    if _tenant_of_audience(audience, directory) != tenant:
        raise errors.wrong_assertion_audience()


def _check_signature(
    text: str,
    client_id: str,
    certificate: Certificate,
    *,
    time: datetime,
) -> None:
    import jwt
    from cryptography import x509

    reason = ""
    try:
        # Any: it is an RSA key, `read_certificate` checked that
        key: Any = x509.load_der_x509_certificate(certificate.der).public_key()
        jwt.PyJWS().decode_complete(text, key, algorithms=list(_ALGORITHMS))
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        reason = "The provided signature value did not match the expected signature value."

    if not reason and not certificate.valid_from <= time <= certificate.valid_until:
        reason = "The key used is expired."
    if reason:
        valid = certificate.valid_from, certificate.valid_until
        raise errors.wrong_assertion_signature(
            client_id,
            certificate.thumbprint,
            valid,
            reason=reason,
        )


def _read(text: str) -> tuple[_Json | None, _Json | None]:
    """Return header and claims without checking the signature; None for a malformed part."""
    parts = text.split(".")
    if len(parts) != 3:
        return None, None

    return _object_of(parts[0]), _object_of(parts[1])


def _object_of(part: str) -> _Json | None:
    try:
        document = json.loads(base64.urlsafe_b64decode(part + "=="))
    except (ValueError, RecursionError):
        return None

    return document if isinstance(document, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _thumbprints_of(certificate: Certificate) -> set[str]:
    thumbprints = (certificate.thumbprint, certificate.thumbprint_sha256)
    return {encode_base64url(bytes.fromhex(text)) for text in thumbprints}


def _hex_of(thumbprint: str) -> str:
    try:
        return base64.urlsafe_b64decode(thumbprint + "==").hex().upper()
    except ValueError:
        return ""


def _tenant_of_audience(audience: str, directory: Directory) -> Tenant | None:
    """Return the tenant whose token endpoint or issuer `audience` is. The host is not checked: a
    proxy may have changed it."""
    if len(audience) > LONGEST_URL:
        return None
    try:
        path = urlsplit(audience).path
    except ValueError:
        return None

    return directory.tenant(path.strip("/").split("/")[0])
