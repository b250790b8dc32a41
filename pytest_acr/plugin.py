"""The plugin: options, markers, fixtures. It loads nothing but pytest until a fixture is asked for: every pytest run
of everybody who has it installed would pay."""

import os
from typing import TYPE_CHECKING, cast
from weakref import WeakSet

import pytest

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
    from pytest_acr.connection import Connection, Transport
    from pytest_acr.content_client import ContainerRegistryContentClient
    from pytest_acr.sockets import AioSocketTransport, SocketTransport
    from pytest_acr.transports import AcrAioTransport, AcrTransport

TRANSPORTS = ("memory", "http", "https")

_MARKERS = (
    "acr(**settings): change the Settings of this test's registry",
    'acr_image("repository:tag", ..., **options): push images, as FakeRegistry.push_image does, before the test',
    "acr_fault(endpoint, effect, **options): put a Fault in force before the test",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("acr", "Azure Container Registry")
    group.addoption(
        "--acr-transport",
        choices=TRANSPORTS,
        default=None,
        help="how clients reach the registry: in this process (memory, the default), or over a socket",
    )
    parser.addini("acr_transport", "default of --acr-transport", default="")


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    _transport(config)


def _transport(config: pytest.Config) -> "Transport":
    """Return the transport asked for: command line, environment, ini, in this order."""
    sources = (
        ("--acr-transport", config.getoption("--acr-transport")),
        ("PYTEST_ACR_TRANSPORT", os.environ.get("PYTEST_ACR_TRANSPORT")),
        ("acr_transport", config.getini("acr_transport")),
    )
    source, transport = next(((name, value) for name, value in sources if value), ("", "memory"))
    if transport not in TRANSPORTS:
        raise pytest.UsageError(f"{source}: expected one of {', '.join(TRANSPORTS)}, found {transport!r}")
    return cast("Transport", transport)  # as was just checked


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


@pytest.fixture
def _acr_connection(request: pytest.FixtureRequest, acr: "FakeRegistry") -> "Iterator[Connection]":
    from pytest_acr.connection import connect

    transport = _transport(request.config)
    certificates = request.getfixturevalue("_acr_certificates") if transport == "https" else None
    with connect(acr, transport=transport, certificates=certificates) as connection:
        yield connection


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
def acr_credential(_acr_connection: "Connection") -> "TokenCredential":
    """A token credential that the registry accepts."""
    return _acr_connection.credential


@pytest.fixture
def acr_aio_credential(_acr_connection: "Connection") -> "AsyncTokenCredential":
    """An async token credential that the registry accepts."""
    return _acr_connection.aio_credential


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
def acr_client(_acr_connection: "Connection") -> "ContainerRegistryClient":
    """A real `azure.containerregistry.ContainerRegistryClient` of the registry."""
    return _acr_connection.client()


@pytest.fixture
def acr_anonymous_client(_acr_connection: "Connection") -> "ContainerRegistryClient":
    """The same without a credential."""
    return _acr_connection.anonymous_client()


@pytest.fixture
def acr_content_client(_acr_connection: "Connection") -> "Callable[[str], ContainerRegistryContentClient]":
    """Factory: `acr_content_client("samples/hello")` is our own `ContainerRegistryContentClient` of that repository."""
    return _acr_connection.content_client


@pytest.fixture
def acr_aio_content_client(_acr_connection: "Connection") -> "Callable[[str], AioContainerRegistryContentClient]":
    """Factory: the `ContainerRegistryContentClient` of `pytest_acr.aio` for a repository."""
    return _acr_connection.aio_content_client


@pytest.fixture
def acr_aio_client(_acr_connection: "Connection") -> "AioContainerRegistryClient":
    """A real `azure.containerregistry.aio.ContainerRegistryClient`. It needs no async plugin in particular."""
    return _acr_connection.aio_client()


@pytest.fixture
def acr_aio_anonymous_client(_acr_connection: "Connection") -> "AioContainerRegistryClient":
    """The same without a credential."""
    return _acr_connection.aio_anonymous_client()
