"""A test of every fixture, run in each transport by test_isolation.py."""

import asyncio
import io
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import requests
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError
from azure.core.pipeline import AsyncPipeline, Pipeline
from azure.core.rest import HttpRequest

from fake_registry import (
    Clock,
    Exchanges,
    FakeRegistry,
    Fault,
    FaultPlan,
    ManualClock,
    Refuse,
    Settings,
)
from fake_registry.server import RegistryServer
from pytest_acr import AcrAioCredential, AcrCredential, ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient
from pytest_acr.transports.in_process import AcrAioTransport, AcrTransport
from pytest_acr.transports.sockets import AioSocketTransport, SocketTransport

SCOPE = "https://containerregistry.azure.net/.default"


def repositories(registry: FakeRegistry) -> list[str]:
    return list(registry.content.list_repositories().items)


def transport_of(request: pytest.FixtureRequest) -> str:
    return str(request.config.getoption("--acr-transport"))


@pytest.mark.parametrize("turn", [1, 2])
def test_registry_is_fresh_in_each_test(acr: FakeRegistry, turn: int) -> None:
    assert (acr.login_server, repositories(acr), len(acr.requests), len(acr.faults)) == (
        "fake.azurecr.io",
        [],
        0,
        0,
    )
    acr.push_image("samples/hello:v1")
    acr.faults.add(Fault("*", Refuse(), optional=True))


def test_parts_are_those_of_the_registry(
    acr: FakeRegistry,
    acr_clock: Clock,
    acr_faults: FaultPlan,
    acr_requests: Exchanges,
    acr_settings: Settings,
) -> None:
    assert (acr.clock, acr.faults, acr.requests) == (acr_clock, acr_faults, acr_requests)
    assert acr.settings == acr_settings == Settings()
    assert isinstance(acr_clock, ManualClock)


def test_client_pushes_and_pulls(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    digest, size = acr_client.upload_blob("samples/hello", io.BytesIO(b"hello"))
    assert size == 5
    assert b"".join(acr_client.download_blob("samples/hello", digest)) == b"hello"
    acr.push_image("samples/hello:v1")
    assert list(acr_client.list_repository_names()) == ["samples/hello"]


def test_aio_client_pushes_and_pulls(acr: FakeRegistry, acr_aio_client: AioContainerRegistryClient) -> None:
    async def push_and_pull() -> tuple[bytes, list[str]]:
        digest, _ = await acr_aio_client.upload_blob("samples/hello", io.BytesIO(b"hello"))
        pieces = [piece async for piece in await acr_aio_client.download_blob("samples/hello", digest)]
        return b"".join(pieces), [name async for name in acr_aio_client.list_repository_names()]

    acr.push_image("samples/hello:v1")
    assert asyncio.run(push_and_pull()) == (b"hello", ["samples/hello"])


@pytest.mark.acr(auth="anonymous-pull")
def test_anonymous_client_reads_a_registry_with_anonymous_pull(
    acr: FakeRegistry, acr_anonymous_client: ContainerRegistryClient
) -> None:
    acr.push_image("samples/hello:v1")
    assert list(acr_anonymous_client.list_repository_names()) == ["samples/hello"]
    acr.requests.assert_none(endpoint="oauth.exchange")


def test_anonymous_client_is_refused_by_a_private_registry(
    acr_anonymous_client: ContainerRegistryClient,
) -> None:
    with pytest.raises(ClientAuthenticationError):
        list(acr_anonymous_client.list_repository_names())


@pytest.mark.acr(auth="anonymous-pull")
def test_aio_anonymous_client_reads_a_registry_with_anonymous_pull(
    acr: FakeRegistry, acr_aio_anonymous_client: AioContainerRegistryClient
) -> None:
    async def names() -> list[str]:
        return [name async for name in acr_aio_anonymous_client.list_repository_names()]

    acr.push_image("samples/hello:v1")
    assert asyncio.run(names()) == ["samples/hello"]
    acr.requests.assert_none(endpoint="oauth.exchange")


def test_aio_anonymous_client_is_refused_by_a_private_registry(
    acr_aio_anonymous_client: AioContainerRegistryClient,
) -> None:
    async def names() -> list[str]:
        return [name async for name in acr_aio_anonymous_client.list_repository_names()]

    with pytest.raises(ClientAuthenticationError):
        asyncio.run(names())


def test_endpoint_is_the_url_of_the_registry(
    request: pytest.FixtureRequest,
    acr: FakeRegistry,
    acr_endpoint: str,
    acr_login_server: str,
    acr_session: object,
) -> None:
    url = urlsplit(acr_endpoint)
    assert (url.netloc, url.path) == (acr_login_server, "")
    if transport_of(request) == "memory":
        assert acr_endpoint == f"https://{acr.login_server}"
    else:
        assert (url.scheme, url.hostname) == (transport_of(request), "127.0.0.1")


def test_credential_is_for_the_requested_scope(
    acr_credential: AcrCredential, acr_aio_credential: AcrAioCredential, acr_clock: Clock
) -> None:
    token, aio_token = (
        acr_credential.get_token(SCOPE),
        asyncio.run(acr_aio_credential.get_token(SCOPE)),
    )
    assert token.expires_on - acr_clock.now() // 10**9 == pytest.approx(75 * 60, abs=1)
    assert aio_token == token


def test_transport_serves_other_clients(
    request: pytest.FixtureRequest, acr_endpoint: str, acr_transport: AcrTransport | SocketTransport
) -> None:
    with Pipeline(acr_transport) as pipeline:
        answer = pipeline.run(HttpRequest("GET", f"{acr_endpoint}/v2/")).http_response
    assert answer.status_code == 401
    assert isinstance(acr_transport, AcrTransport) == (transport_of(request) == "memory")


def test_client_built_from_the_parts(
    request: pytest.FixtureRequest,
    acr_endpoint: str,
    acr_credential: AcrCredential,
    acr_transport: AcrTransport | SocketTransport,
) -> None:
    """azure-sdk-quirks: over plain http each call of the client needs `enforce_https=False`."""
    with ContainerRegistryClient(acr_endpoint, acr_credential, transport=acr_transport) as client:
        if transport_of(request) == "http":
            with pytest.raises(ServiceRequestError, match="not permitted for non-TLS"):
                list(client.list_repository_names())
        assert list(client.list_repository_names(enforce_https=False)) == []


def test_aio_transport_serves_other_clients(
    request: pytest.FixtureRequest,
    acr_endpoint: str,
    acr_aio_transport: AcrAioTransport | AioSocketTransport,
) -> None:
    async def status() -> int:
        async with AsyncPipeline(acr_aio_transport) as pipeline:
            run = await pipeline.run(HttpRequest("GET", f"{acr_endpoint}/v2/"))
            return int(run.http_response.status_code)

    assert asyncio.run(status()) == 401
    assert isinstance(acr_aio_transport, AcrAioTransport) == (transport_of(request) == "memory")


def test_session_reaches_the_registry(acr: FakeRegistry, acr_endpoint: str, acr_session: requests.Session) -> None:
    answer = acr_session.get(f"{acr_endpoint}/v2/")
    assert (answer.status_code, acr.requests.one().endpoint) == (401, "base")


@pytest.mark.acr(auth="off")
def test_session_follows_the_redirect_to_storage(
    acr: FakeRegistry, acr_endpoint: str, acr_session: requests.Session
) -> None:
    image = acr.push_image("samples/hello:v1", layers=[b"layer"])
    answer = acr_session.get(f"{acr_endpoint}/v2/samples/hello/blobs/{image.layers[0].digest}")
    assert (answer.content, [step.status_code for step in answer.history]) == (b"layer", [307])


def test_server_serves_the_same_registry(
    request: pytest.FixtureRequest,
    acr: FakeRegistry,
    acr_server: RegistryServer,
    acr_client: ContainerRegistryClient,
) -> None:
    over_tls = transport_of(request) == "https"
    assert acr_server.url == f"{'https' if over_tls else 'http'}://127.0.0.1:{acr_server.port}"
    assert (acr_server.ca_file is not None) == over_tls
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{acr_server.url}/v2/", verify=str(acr_server.ca_file) if over_tls else True)
    assert answer.status_code == 401
    assert list(acr_client.list_repository_names()) == []
    assert [exchange.endpoint for exchange in acr.requests][:2] == ["base", "acr.catalog"]


def test_waiting_between_retries_moves_the_clock(
    acr_client: ContainerRegistryClient, acr_faults: FaultPlan, acr_clock: Clock
) -> None:
    before = acr_clock.now()
    acr_faults.add(Fault("acr.catalog", Refuse(status=429, retry_after=600), times=1))
    assert list(acr_client.list_repository_names()) == []
    assert acr_clock.now() - before > timedelta(minutes=10).total_seconds() * 10**9


def test_all_fixtures_together(
    acr: FakeRegistry,
    acr_client: ContainerRegistryClient,
    acr_aio_client: AioContainerRegistryClient,
    acr_anonymous_client: ContainerRegistryClient,
    acr_aio_anonymous_client: AioContainerRegistryClient,
    acr_server: RegistryServer,
    acr_session: requests.Session,
) -> None:
    acr.push_image("samples/hello:v1")
    assert acr_client.get_tag_properties("samples/hello", "v1").name == "v1"

    async def tag() -> str:
        return str((await acr_aio_client.get_tag_properties("samples/hello", "v1")).name)

    assert asyncio.run(tag()) == "v1"


def test_content_client(acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]) -> None:
    client = acr_content_client("samples/hello")
    digest = client.upload_blob(b"content").digest
    assert client.download_blob_content(digest).content == b"content"
    assert [one.status for one in acr.requests.where(endpoint="upload.*")] == [401, 202, 201]


def test_aio_content_client(
    acr: FakeRegistry, acr_aio_content_client: Callable[[str], AioContainerRegistryContentClient]
) -> None:
    async def there_and_back() -> bytes:
        async with acr_aio_content_client("samples/hello") as client:
            digest = (await client.upload_blob(b"content")).digest
            return (await client.download_blob_content(digest)).content

    assert asyncio.run(there_and_back()) == b"content"
    assert [one.status for one in acr.requests.where(endpoint="upload.*")] == [401, 202, 201]
