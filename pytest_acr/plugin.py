"""The plugin: options, markers, fixtures. It loads nothing but pytest until a fixture is asked for: every pytest run
of everybody who has it installed would pay."""

from typing import TYPE_CHECKING
from weakref import WeakSet

import pytest

from pytest_acr.options import add_options, live_endpoint_of, transport_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests
    from azure.containerregistry import ContainerRegistryClient
    from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
    from azure.core.credentials import TokenCredential
    from azure.core.credentials_async import AsyncTokenCredential

    from fake_registry import Clock, Exchanges, FakeRegistry, ManualClock, Settings
    from fake_registry.http.faults import FaultPlan
    from fake_registry.server import RegistryServer
    from fake_registry.server.tls import Certificates
    from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient
    from pytest_acr.connection import Connection
    from pytest_acr.content_client import ContainerRegistryContentClient
    from pytest_acr.sockets import AioSocketTransport, SocketTransport
    from pytest_acr.transports import AcrAioTransport, AcrTransport

_MARKERS = (
    "acr(**settings): change the Settings of this test's registry",
    'acr_image("repository:tag", ..., **options): push images, as FakeRegistry.push_image does, before the test',
    "acr_fault(endpoint, effect, **options): put a Fault in force before the test",
    "acr_fake(reason): this test needs the fake, with --acr-live-endpoint it is skipped",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    transport_of(config)
    endpoint = live_endpoint_of(config)
    if endpoint is not None:
        from pytest_acr.skips import FakeNeeded

        config.pluginmanager.register(FakeNeeded(endpoint), "acr_fake_needed")


# the registry


@pytest.fixture
def acr_settings() -> "Settings":
    """The `Settings` of each test's registry. Override it to change them for a folder; the marker `acr` comes after."""
    from fake_registry import Settings

    return Settings()


@pytest.fixture
def acr_clock() -> "ManualClock":
    """The registry's clock, a `ManualClock`: `advance` moves it, and a client's waiting between retries does too."""
    from fake_registry import ManualClock

    return ManualClock()


@pytest.fixture
def acr(request: pytest.FixtureRequest, acr_settings: "Settings", acr_clock: "Clock") -> "FakeRegistry":
    """The fresh `FakeRegistry` of this test: seed it, look into it, make it fail."""
    from fake_registry import FakeRegistry, Fault

    live_endpoint = live_endpoint_of(request.config)
    if live_endpoint is not None:  # a test that asks by `getfixturevalue`: the others are skipped before
        pytest.skip(f"needs the fake, and runs against {live_endpoint}: the fixture acr")
    for marker in _markers(request, "acr"):
        if marker.args:
            raise TypeError(f"the marker acr takes settings by name, not {marker.args!r}")
        acr_settings = acr_settings.evolve(**marker.kwargs)
    registry = FakeRegistry(acr_settings, clock=acr_clock)
    for marker in _markers(request, "acr_image"):
        if not marker.args:
            raise TypeError("the marker acr_image takes names of images, found none")
        for name in marker.args:
            registry.push_image(name, **marker.kwargs)
    for marker in _markers(request, "acr_fault"):
        registry.faults.add(Fault(*marker.args, **marker.kwargs))
    return registry


def _markers(request: pytest.FixtureRequest, name: str) -> list[pytest.Mark]:
    """The markers of this name, the test's own last: it has the last word over its class and module."""
    return list(request.node.iter_markers(name))[::-1]


@pytest.fixture(scope="session")
def make_acr() -> "Iterator[Callable[..., FakeRegistry]]":
    """Factory of further registries, `make_acr(settings=None)`, for copying between two or one per Hypothesis example.

    Each is a context manager; those left open are closed at the end of the session.
    """
    from fake_registry import FakeRegistry, ManualClock

    made: WeakSet[FakeRegistry] = WeakSet()  # weak: one per Hypothesis example would fill the memory

    def make(settings: "Settings | None" = None) -> FakeRegistry:
        registry = FakeRegistry(settings, clock=ManualClock())
        made.add(registry)
        return registry

    yield make
    for registry in made:
        registry.close()


@pytest.fixture
def acr_faults(acr: "FakeRegistry") -> "FaultPlan":
    """The registry's faults: `acr_faults.add(Fault(...))`."""
    return acr.faults


@pytest.fixture
def acr_requests(acr: "FakeRegistry") -> "Exchanges":
    """What clients asked the registry and were answered, live."""
    return acr.requests


# ways to it


@pytest.fixture(scope="session")
def _acr_certificates() -> "Certificates":
    """One CA for the session: making it takes longer than a test."""
    from fake_registry import Settings
    from fake_registry.server.tls import Certificates

    settings = Settings()
    return Certificates.generate((settings.login_server, settings.storage_host))


@pytest.fixture(scope="session")
def acr_live_credential() -> "Iterator[TokenCredential]":
    """With --acr-live-endpoint, the credential of the tests: `DefaultAzureCredential`. Override it for another."""
    try:
        from azure.identity import DefaultAzureCredential
    except ImportError:
        wanted = 'pip install "pytest-acr[live]", or override the fixture acr_live_credential'
        raise pytest.UsageError(f"a credential for --acr-live-endpoint wants azure-identity: {wanted}") from None
    with DefaultAzureCredential() as credential:
        yield credential


@pytest.fixture(scope="session")
def _acr_live_is_acr(request: pytest.FixtureRequest) -> bool:
    import requests

    from pytest_acr.live import is_acr

    endpoint = live_endpoint_of(request.config) or ""
    try:
        return is_acr(endpoint)
    except requests.RequestException as error:
        raise pytest.UsageError(f"--acr-live-endpoint: {endpoint} cannot be reached: {error}") from None


@pytest.fixture
def _acr_connection(request: pytest.FixtureRequest) -> "Iterator[Connection]":
    from pytest_acr.connection import Connection, connect

    endpoint = live_endpoint_of(request.config)
    if endpoint is None:
        transport = transport_of(request.config)
        certificates = request.getfixturevalue("_acr_certificates") if transport == "https" else None
        with connect(request.getfixturevalue("acr"), transport=transport, certificates=certificates) as connection:
            yield connection
        return
    from pytest_acr.live import LiveLine

    is_acr = request.getfixturevalue("_acr_live_is_acr")
    # asked for now: it is there until what was pushed is removed
    credential = request.getfixturevalue("acr_live_credential") if is_acr else None
    line = LiveLine(endpoint, is_acr=is_acr, credential=credential)
    with Connection(line) as connection:
        yield connection
        line.remove(connection)


@pytest.fixture
def _acr_api(_acr_connection: "Connection") -> "Connection":
    """The connection, if it is one to a registry with ACR's API."""
    if not _acr_connection.is_acr:
        pytest.skip(f"needs ACR's own API, which {_acr_connection.endpoint} has not")
    return _acr_connection


@pytest.fixture
def acr_namespace(_acr_connection: "Connection") -> str:
    """What this test's repositories begin with: nothing, or with --acr-live-endpoint a namespace that is removed."""
    return _acr_connection.namespace


@pytest.fixture
def acr_endpoint(_acr_connection: "Connection") -> str:
    """The registry's URL: `https://NAME.azurecr.io`, or in http and https mode the socket's."""
    return _acr_connection.endpoint


@pytest.fixture
def acr_login_server(_acr_connection: "Connection") -> str:
    """The host of `acr_endpoint`, with a port where there is one."""
    return _acr_connection.login_server


@pytest.fixture
def acr_server(_acr_connection: "Connection") -> "RegistryServer":
    """The same registry behind a real socket: `.url`, `.port`, `.ca_file`. TLS with `--acr-transport https`."""
    return _acr_connection.server


@pytest.fixture
def acr_credential(_acr_api: "Connection") -> "TokenCredential":
    """A token credential that the registry accepts."""
    return _acr_api.credential


@pytest.fixture
def acr_aio_credential(_acr_api: "Connection") -> "AsyncTokenCredential":
    """An async token credential that the registry accepts."""
    return _acr_api.aio_credential


@pytest.fixture
def acr_transport(_acr_connection: "Connection") -> "AcrTransport | SocketTransport":
    """An azure-core transport, for a client that the code under test builds itself."""
    return _acr_connection.transport


@pytest.fixture
def acr_aio_transport(_acr_connection: "Connection") -> "AcrAioTransport | AioSocketTransport":
    """An async azure-core transport."""
    return _acr_connection.aio_transport


@pytest.fixture
def acr_session(_acr_connection: "Connection") -> "requests.Session":
    """A `requests.Session` that reaches the registry and nothing else."""
    return _acr_connection.session


# clients


@pytest.fixture
def acr_client(_acr_api: "Connection") -> "ContainerRegistryClient":
    """A real `azure.containerregistry.ContainerRegistryClient` of the registry."""
    return _acr_api.client()


@pytest.fixture
def acr_anonymous_client(_acr_api: "Connection") -> "ContainerRegistryClient":
    """The same without a credential."""
    return _acr_api.anonymous_client()


@pytest.fixture
def acr_content_client(_acr_connection: "Connection") -> "Callable[[str], ContainerRegistryContentClient]":
    """Factory: `acr_content_client("samples/hello")` is our own `ContainerRegistryContentClient` of that repository."""
    return _acr_connection.content_client


@pytest.fixture
def acr_aio_content_client(_acr_connection: "Connection") -> "Callable[[str], AioContainerRegistryContentClient]":
    """Factory: the `ContainerRegistryContentClient` of `pytest_acr.aio` for a repository."""
    return _acr_connection.aio_content_client


@pytest.fixture
def acr_aio_client(_acr_api: "Connection") -> "AioContainerRegistryClient":
    """A real `azure.containerregistry.aio.ContainerRegistryClient`. It needs no async plugin in particular."""
    return _acr_api.aio_client()


@pytest.fixture
def acr_aio_anonymous_client(_acr_api: "Connection") -> "AioContainerRegistryClient":
    """The same without a credential."""
    return _acr_api.aio_anonymous_client()
