"""The clients under test, sync and async; in memory unless a test has `every_transport`."""

import asyncio
from collections.abc import Iterator

import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry, Settings
from fake_registry.server.tls import Certificates
from pytest_acr import Connection, ContainerRegistryContentClient, Transport, connect
from tests.support.clients import HELLO, NewContentClient, blocking, blocking_content


@pytest.fixture(scope="session")
def certificates() -> Certificates:
    """One CA for all tests: making it takes longer than a test."""
    settings = Settings()
    return Certificates.generate((settings.login_server, settings.storage_host))


@pytest.fixture
def transport() -> Transport:
    """The transport of the client; tests with `every_transport` parametrize it."""
    return "memory"


@pytest.fixture
def connection(acr: FakeRegistry, transport: Transport, certificates: Certificates) -> Iterator[Connection]:
    with connect(acr, transport=transport, certificates=certificates) as connection:
        yield connection


@pytest.fixture(params=["sync", "aio"])
def flavour(request: pytest.FixtureRequest) -> str:
    """The kind of client: `sync` or `aio`."""
    return str(request.param)


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def client(connection: Connection, flavour: str, runner: asyncio.Runner) -> ContainerRegistryClient:
    """A client with a credential."""
    return connection.client() if flavour == "sync" else blocking(connection.aio_client(), runner)


@pytest.fixture
def anonymous(connection: Connection, flavour: str, runner: asyncio.Runner) -> ContainerRegistryClient:
    """A client without a credential."""
    if flavour == "sync":
        return connection.anonymous_client()
    return blocking(connection.aio_anonymous_client(), runner)


@pytest.fixture
def new_content_client(connection: Connection, flavour: str, runner: asyncio.Runner) -> NewContentClient:
    """Make content clients, sync or async."""
    if flavour == "sync":
        return connection.content_client
    return lambda repository, **options: blocking_content(connection.aio_content_client(repository, **options), runner)


@pytest.fixture
def content_client(new_content_client: NewContentClient) -> ContainerRegistryContentClient:
    """A content client of HELLO."""
    return new_content_client(HELLO)
