"""Assertions by which an application shows who it is, in place of a secret (RFC 7523 §2.2).

Signed with a registered certificate (Microsoft identity platform, Certificate credentials), or of another issuer and
trusted word for word (Workload identity federation). An assertion's own times are not looked at: clients write the
machine's, while the fake's clock may stand anywhere. The certificate's are.
"""

import base64
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from fake_registry.entra import errors
from fake_registry.entra.certificates import Certificate
from fake_registry.entra.directory import Directory
from fake_registry.entra.keys import encode_base64url
from fake_registry.entra.principals import ServicePrincipal, Tenant

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
"""RFC 7523 §2.2."""

_ALGORITHMS = ("RS256", "PS256")

_Json = dict[str, Any]  # Any: what a stranger wrote


def check_assertion(
    text: str, application: ServicePrincipal, *, directory: Directory, tenant: Tenant, time: datetime
) -> None:
    """Let `text` speak for `application` at `time`, or raise EntraRefused."""
    if text in application.federated_tokens:
        return
    header, claims = _unverified(text)
    if header is None or claims is None:
        if application.federated_tokens:
            raise errors.unknown_federated_token("", "", "")
        raise errors.ill_formed_assertion()
    client_id = application.client_id.lower()
    signed_by = _text(header.get("x5t#S256")) or _text(header.get("x5t"))
    if not signed_by and _text(claims.get("iss")).lower() != client_id:
        raise errors.unknown_federated_token(*(_text(claims.get(name)) for name in ("iss", "sub", "aud")))
    certificate = application.certificate
    if certificate is None or signed_by.rstrip("=") not in _names_of(certificate):
        raise errors.unregistered_certificate(application.client_id, _hex_of(signed_by))
    _check_signature(text, application.client_id, certificate, time=time)
    if {_text(claims.get("iss")).lower(), _text(claims.get("sub")).lower()} != {client_id}:
        raise errors.wrong_assertion_subject()
    if _tenant_asked(_text(claims.get("aud")), directory) != tenant:
        raise errors.wrong_assertion_audience()


def _check_signature(text: str, client_id: str, certificate: Certificate, *, time: datetime) -> None:
    import jwt
    from cryptography import x509

    reason = ""
    try:
        # a certificate's keys are RSA: `read_certificate` has seen to it
        key: Any = x509.load_der_x509_certificate(certificate.der).public_key()
        jwt.PyJWS().decode_complete(text, key, algorithms=list(_ALGORITHMS))
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        reason = "The provided signature value did not match the expected signature value."
    if not reason and not certificate.valid_from <= time <= certificate.valid_until:
        reason = "The key used is expired."
    if reason:
        valid = certificate.valid_from, certificate.valid_until
        raise errors.wrong_assertion_signature(client_id, certificate.thumbprint, valid, reason=reason)


def _unverified(text: str) -> tuple[_Json | None, _Json | None]:
    parts = text.split(".")
    return (_object_of(parts[0]), _object_of(parts[1])) if len(parts) == 3 else (None, None)


def _object_of(part: str) -> _Json | None:
    try:
        document = json.loads(base64.urlsafe_b64decode(part + "=="))
    except (ValueError, RecursionError):
        return None
    return document if isinstance(document, dict) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _names_of(certificate: Certificate) -> set[str]:
    return {encode_base64url(bytes.fromhex(text)) for text in (certificate.thumbprint, certificate.thumbprint_sha256)}


def _hex_of(thumbprint: str) -> str:
    try:
        return base64.urlsafe_b64decode(thumbprint + "==").hex().upper()
    except ValueError:
        return ""


def _tenant_asked(audience: str, directory: Directory) -> Tenant | None:
    """Return the tenant whose token endpoint or issuer `audience` is; any host will do, as names may be rewritten."""
    try:
        path = urlsplit(audience).path
    except ValueError:
        return None
    return directory.tenant(path.strip("/").split("/")[0])
