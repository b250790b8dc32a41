"""Serves a registry to subprocesses, which no patch reaches."""

import secrets
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from pytest_acr.interception.environment import environment_of

if TYPE_CHECKING:
    from fake_registry import FakeRegistry
    from fake_registry.entra import FakeEntra, ManagedIdentity
    from fake_registry.server.tls import Certificates


def serve_to_subprocesses(
    registry: "FakeRegistry",
    closing: ExitStack,
    *,
    network_entra: "FakeEntra",
    object_id: str,
    certificates: "Certificates",
) -> dict[str, str]:
    """Serve `registry` until `closing` is closed. Return the variables to find it and to log in.

    The subprocess logs in as the principal `object_id`, in the tenant and by the clock of
    `network_entra`. The variables also hide the login of this process from it, if it gets both.
    """
    from fake_registry.entra import FakeEntra
    from fake_registry.server import RegistryServer

    server = closing.enter_context(registry.serve(tls=certificates))

    # an Entra of its own: the one of the network would have a second managed identity by this,
    # and a test that requests the machine's only identity would fail
    entra = FakeEntra(clock=network_entra.clock, tenant_id=network_entra.tenant_id)
    closing.enter_context(entra)
    closing.callback(registry.trust(entra))
    identity = entra.add_managed_identity("subprocesses", object_id=object_id)
    metadata = closing.enter_context(RegistryServer(entra.metadata_app))

    login = registry.add_token(f"subprocesses-{secrets.token_hex(4)}", "_repositories_admin")
    closing.callback(_remove_token, registry, login.name)
    return {
        **environment_of(server),
        **entra.environment(identity, metadata_url=metadata.url, app_service=True),
        **_only_login(identity),
        "REGISTRY_USERNAME": login.name,
        "REGISTRY_PASSWORD": login.passwords[0],
    }


def _only_login(identity: "ManagedIdentity") -> dict[str, str]:
    """Return the variables by which azure-identity logs in as `identity`, whatever else is set.

    A subprocess that also gets the secret of the network's service principal would send it to the
    real login host, where no patch reaches it. An absent variable hides nothing. An empty secret
    does: azure-identity for Python refuses it, the other languages ignore it.
    """
    return {
        "AZURE_TOKEN_CREDENTIALS": "ManagedIdentityCredential",
        "AZURE_CLIENT_ID": identity.client_id,
        "AZURE_CLIENT_SECRET": "",
    }


def _remove_token(registry: "FakeRegistry", name: str) -> None:
    with suppress(ValueError):  # absent if the registry was reset
        registry.remove_token(name)
