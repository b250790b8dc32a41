"""Principals as environment variables and files, for credentials such as azure-identity's
`EnvironmentCredential`."""

import hashlib
import shutil
import tempfile
import threading
import weakref
from pathlib import Path

from fake_registry.entra.metadata import APP_SERVICE_PATH
from fake_registry.entra.principals import EntraPrincipal, ManagedIdentity, ServicePrincipal


class CredentialFiles:
    """Files with secrets, in a folder that only this user can read.

    `close` removes them, as does the end of this object.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._folder: Path | None = None
        self._remove: weakref.finalize[[str], CredentialFiles] | None = None

    def write(self, content: bytes, suffix: str) -> Path:
        """Return the path of a file that holds `content`. Equal content has the same path."""
        with self._mutex:
            if self._folder is None:
                folder = tempfile.mkdtemp(prefix="fake-entra-")
                self._folder = Path(folder)
                self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)

            path = self._folder / f"{hashlib.sha256(content).hexdigest()[:16]}{suffix}"
            path.write_bytes(content)
            return path

    def close(self) -> None:
        """Remove all files. More may be written afterwards."""
        with self._mutex:
            if self._remove is not None:
                self._remove()
            self._folder = self._remove = None


def environment_of(
    principal: EntraPrincipal,
    files: CredentialFiles,
    *,
    metadata_url: str | None,
    identity_header: str | None,
) -> dict[str, str]:
    """Return the environment variables from which azure-identity makes a credential for
    `principal`. See `FakeEntra.environment`."""
    if isinstance(principal, ManagedIdentity):
        return _environment_of_identity(principal, metadata_url, identity_header)
    if metadata_url is not None or identity_header is not None:
        expected = "expected neither for a service principal, which logs in without them"
        raise ValueError(f"metadata_url, app_service: {expected}, found one for {principal.name}")

    return {
        "AZURE_TENANT_ID": principal.tenant_id,
        "AZURE_CLIENT_ID": principal.client_id,
        **_credential_of(principal, files),
    }


def _credential_of(principal: ServicePrincipal, files: CredentialFiles) -> dict[str, str]:
    name, certificate = principal.name, principal.certificate
    if principal.secret is not None:
        return {"AZURE_CLIENT_SECRET": principal.secret}

    if certificate is not None:
        if not certificate.has_key:
            expected = "expected a PEM that also holds its private key"
            raise ValueError(f"certificate of {name}: {expected}, found none in it")
        path = files.write(certificate.pem, ".pem")
        return {"AZURE_CLIENT_CERTIFICATE_PATH": str(path)}

    for token in sorted(principal.federated_tokens):
        path = files.write(token.encode(), ".token")
        return {"AZURE_FEDERATED_TOKEN_FILE": str(path)}
    expected = "expected a secret, a certificate or a federated token to log in with"
    raise ValueError(f"{name}: {expected}, found none: add_service_principal takes them")


def _environment_of_identity(
    identity: ManagedIdentity,
    metadata_url: str | None,
    identity_header: str | None,
) -> dict[str, str]:
    environ = {"AZURE_CLIENT_ID": identity.client_id} if identity.user_assigned else {}
    if identity_header is not None:
        if metadata_url is None:
            expected = "expected metadata_url with it, the URL of a server of metadata_app"
            raise ValueError(f"app_service: {expected}, found none")

        endpoint = f"{metadata_url.rstrip('/')}{APP_SERVICE_PATH}"
        return environ | {"IDENTITY_ENDPOINT": endpoint, "IDENTITY_HEADER": identity_header}

    if metadata_url is not None:
        environ["AZURE_POD_IDENTITY_AUTHORITY_HOST"] = metadata_url
    return environ
