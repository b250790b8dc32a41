"""Unmodified production code: azure-identity logs in, Azure's SDK pulls and pushes."""

import io
from collections.abc import Iterator

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import DefaultAzureCredential

from fake_registry import FakeRegistry, Settings
from fake_registry.entra import ServicePrincipal
from pytest_acr.transports.in_process import AcrTransport
from tests.support.entra_servers import Enter, Login


@pytest.fixture
def registry(login: Login) -> FakeRegistry:
    registry = FakeRegistry(Settings(auth="token"))
    registry.push_image("samples/hello:1.0", layers=[b"layer"])
    registry.trust(login.entra)
    return registry


@pytest.fixture
def app(login: Login, enter: Enter) -> ServicePrincipal:
    app = login.entra.add_service_principal("app", certificate=True)
    enter(login.entra.environment(app, authority_url=login.url))
    return app


@pytest.fixture
def client(registry: FakeRegistry, app: ServicePrincipal) -> Iterator[ContainerRegistryClient]:
    """The registry is reached in memory: over a socket the SDK never closes the connection of a
    login refused."""
    transport = AcrTransport(registry.hosts, clock=registry.clock)
    with (
        DefaultAzureCredential(disable_instance_discovery=True) as credential,
        ContainerRegistryClient(f"https://{registry.login_server}", credential, transport=transport) as client,
    ):
        yield client


@pytest.mark.parametrize("role", ["AcrPull", "AcrPush"])
def test_role_decides_what_a_principal_may_do(
    registry: FakeRegistry, app: ServicePrincipal, client: ContainerRegistryClient, role: str
) -> None:
    registry.grant(app.object_id, role)
    assert client.get_manifest("samples/hello", "1.0").media_type == "application/vnd.oci.image.manifest.v1+json"
    if role == "AcrPush":
        assert client.upload_blob("samples/hello", io.BytesIO(b"pushed"))[1] == 6
    else:
        with pytest.raises(ClientAuthenticationError):
            client.upload_blob("samples/hello", io.BytesIO(b"pushed"))


def test_principal_without_a_role_is_refused(registry: FakeRegistry, client: ContainerRegistryClient) -> None:
    registry.grant("somebody else", "AcrPull")
    with pytest.raises(ClientAuthenticationError):
        client.get_manifest("samples/hello", "1.0")
    assert "no role: " in str(registry.requests[-1].failure)
