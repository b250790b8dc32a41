"""What code and subprocesses of any language read from the environment to reach a fake behind a socket."""

import os
import secrets
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_registry import FakeRegistry
    from fake_registry.entra import FakeEntra
    from fake_registry.server import RegistryServer
    from fake_registry.server.tls import Certificates

_ENDPOINTS = ("REGISTRY_ENDPOINT", "CONTAINERREGISTRY_ENDPOINT")
"""As the Azure SDKs' samples and its tests name them."""

_CA_BUNDLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""OpenSSL and Go, requests, curl, Node.js."""

CREDENTIAL_VARIABLES = (
    *("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET", "AZURE_AUTHORITY_HOST", "AZURE_TOKEN_CREDENTIALS"),
    *("AZURE_CLIENT_CERTIFICATE_PATH", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_FEDERATED_TOKEN_FILE"),
    *("AZURE_USERNAME", "AZURE_PASSWORD", "AZURE_POD_IDENTITY_AUTHORITY_HOST"),
    *("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "IDENTITY_SERVER_THUMBPRINT", "IMDS_ENDPOINT"),
    *("MSI_ENDPOINT", "MSI_SECRET"),
)
"""By which azure-identity finds out who it is: those of the machine that the tests run on are nobody's here."""


def environment_of(server: "RegistryServer") -> dict[str, str]:
    """Return the variables that lead to `server`: its URL, for TLS its CA, and no proxy on the way."""
    # a network has said already that no proxy is to be asked for anything
    exempt = "*" if os.environ.get("NO_PROXY") == "*" else "127.0.0.1,localhost"
    variables = {**dict.fromkeys(_ENDPOINTS, server.url), **dict.fromkeys(("NO_PROXY", "no_proxy"), exempt)}
    return variables if server.ca_file is None else variables | dict.fromkeys(_CA_BUNDLES, str(server.ca_file))


def serve_outside(
    registry: "FakeRegistry", until: ExitStack, *, inside: "FakeEntra", object_id: str, tls: "Certificates"
) -> dict[str, str]:
    """Serve `registry` to subprocesses until `until` closes; return the variables by which they find it and log in.

    They are the principal of this object id, in the tenant and on the clock of the Entra inside.
    """
    from fake_registry.entra import FakeEntra
    from fake_registry.server import RegistryServer

    server = until.enter_context(registry.serve(tls=tls))
    # an Entra of its own: a machine whose only identity the test asks for has no second one
    entra = until.enter_context(FakeEntra(clock=inside.clock, tenant_id=inside.tenant_id))
    until.callback(registry.trust(entra))
    identity = entra.add_managed_identity("subprocesses", object_id=object_id)
    metadata = until.enter_context(RegistryServer(entra.metadata_app))
    login = registry.add_token(f"subprocesses-{secrets.token_hex(4)}", "_repositories_admin")
    until.callback(_remove_token, registry, login.name)
    return {
        **environment_of(server),
        **entra.environment(identity, metadata_url=metadata.url, app_service=True),
        "REGISTRY_USERNAME": login.name,
        "REGISTRY_PASSWORD": login.passwords[0],
    }


def _remove_token(registry: "FakeRegistry", name: str) -> None:
    with suppress(ValueError):  # a registry that was reset has forgotten it
        registry.remove_token(name)
