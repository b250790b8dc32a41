"""The fixtures of the plugin, each with the type that docs/reference/fixtures.md has for it."""

from collections.abc import Callable
from typing import assert_type

import requests
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline.transport import (
    AsyncHttpResponse,
    AsyncHttpTransport,
    HttpRequest,
    HttpResponse,
    HttpTransport,
)

from fake_registry import Exchanges, FakeRegistry, FaultPlan, ManualClock, RegistryServer, Settings
from pytest_acr import AcrNetwork, ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient


def test_parts_of_the_registry(
    acr: FakeRegistry,
    acr_settings: Settings,
    acr_clock: ManualClock,
    acr_faults: FaultPlan,
    acr_requests: Exchanges,
    make_acr: Callable[..., FakeRegistry],
) -> None:
    assert (acr.settings, acr.clock, acr.faults) == (acr_settings, acr_clock, acr_faults)
    assert list(acr_requests) == []
    with assert_type(make_acr(Settings(name="other")), FakeRegistry) as other:
        assert other.login_server == "other.azurecr.io"


def test_addresses(
    acr_endpoint: str,
    acr_login_server: str,
    acr_namespace: str,
    acr_server: RegistryServer,
    acr_environment: dict[str, str],
) -> None:
    assert acr_endpoint == f"https://{acr_login_server}"
    assert acr_namespace == ""
    assert acr_environment["REGISTRY_ENDPOINT"] == acr_server.url


def test_sync_clients(
    acr: FakeRegistry,
    acr_client: ContainerRegistryClient,
    acr_anonymous_client: ContainerRegistryClient,
    acr_content_client: Callable[[str], ContainerRegistryContentClient],
    acr_session: requests.Session,
) -> None:
    clients = [acr_client, acr_anonymous_client]

    assert [type(client) for client in clients] == [ContainerRegistryClient] * 2
    assert acr_content_client("a").repository == "a"
    assert acr_session.get(f"https://{acr.login_server}/v2/").status_code == 401


def test_async_clients(
    acr_aio_client: AioContainerRegistryClient,
    acr_aio_anonymous_client: AioContainerRegistryClient,
    acr_aio_content_client: Callable[[str], AioContainerRegistryContentClient],
) -> None:
    clients = [acr_aio_client, acr_aio_anonymous_client]

    assert [type(client) for client in clients] == [AioContainerRegistryClient] * 2
    assert acr_aio_content_client("a").repository == "a"


def test_parts_of_own_clients(
    acr_endpoint: str,
    acr_credential: TokenCredential,
    acr_aio_credential: AsyncTokenCredential,
    acr_transport: HttpTransport[HttpRequest, HttpResponse],
    acr_aio_transport: AsyncHttpTransport[HttpRequest, AsyncHttpResponse],
    acr_live_credential: TokenCredential | AzureNamedKeyCredential | None,
) -> None:
    sync = ContainerRegistryClient(acr_endpoint, acr_credential, transport=acr_transport)
    aio = AioContainerRegistryClient(acr_endpoint, acr_aio_credential, transport=acr_aio_transport)

    assert list(sync.list_repository_names()) == []
    assert isinstance(aio, AioContainerRegistryClient)
    assert acr_live_credential is None


def test_network(acr: FakeRegistry, acr_network: AcrNetwork) -> None:
    assert acr_network.registries == (acr,)
