"""A token service for docker-registry: it signs with a key that the registry's configuration trusts."""

import base64
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

import jwt
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

ISSUER, SERVICE = "test-issuer", "test-registry"


@dataclass
class SigningTokenService:
    """Grants the requested scopes to the caller with one Authorization; counts all callers.

    CNCF distribution, Token Authentication Implementation.
    """

    accepted: str
    authorizations: list[str | None] = field(default_factory=list)
    _key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def __post_init__(self) -> None:
        self._certificate = _certificate_of(self._key)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        authorization = environ.get("HTTP_AUTHORIZATION")
        self.authorizations.append(authorization)
        status, document = "401 Unauthorized", {"errors": [{"code": "UNAUTHORIZED"}]}
        if authorization == self.accepted:
            scopes = parse_qs(environ["QUERY_STRING"]).get("scope", [])
            status, document = "200 OK", {"token": self._sign(scopes), "expires_in": 300}  # type: ignore[dict-item]  # JSON

        body = json.dumps(document).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def registry_auth(self, folder: Path, realm: str) -> str:
        """Return the configuration of a registry that takes this service's tokens."""
        bundle = folder / "token-service.pem"
        bundle.write_bytes(self._certificate.public_bytes(Encoding.PEM))
        names = f"realm: '{realm}', service: {SERVICE}, issuer: {ISSUER}"
        return f", auth: {{token: {{{names}, rootcertbundle: '{bundle}'}}}}"

    def _sign(self, scopes: list[str]) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": SERVICE,
            "sub": "me",
            "jti": "1",
            "iat": now,
            "nbf": now - 60,
            "exp": now + 300,
            "access": [_access_of(scope) for scope in scopes],
        }
        chain = [base64.b64encode(self._certificate.public_bytes(Encoding.DER)).decode()]
        return jwt.encode(claims, self._key, algorithm="ES256", headers={"x5c": chain})


def _access_of(scope: str) -> dict[str, object]:
    kind, name, actions = scope.split(":")
    return {"type": kind, "name": name, "actions": actions.split(",")}


def _certificate_of(key: ec.EllipticCurvePrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, SHA256())
    )
