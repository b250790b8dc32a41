"""Fixtures for the clients of a registry, and for the parts that a test builds a client from.

They work alike for the fake of the test and for a live registry.
"""

from typing import TYPE_CHECKING

import pytest

from pytest_acr.plugin.options import LIVE_ENDPOINT, TRANSPORT, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import requests
    from azure.containerregistry import ContainerRegistryClient
    from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient
    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential
    from azure.core.credentials_async import AsyncTokenCredential

    from fake_registry import FakeRegistry
    from fake_registry.server import RegistryServer
    from fake_registry.server.tls import Certificates
    from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient
    from pytest_acr.connections.connection import Connection
    from pytest_acr.content.client import ContainerRegistryContentClient
    from pytest_acr.interception.network import AcrNetwork
    from pytest_acr.transports.in_process import AcrAioTransport, AcrTransport
    from pytest_acr.transports.sockets import AioSocketTransport, SocketTransport


# the connection that the other fixtures of this module are parts of


@pytest.fixture(scope="session")
def _acr_certificates() -> "Certificates":
    """Certificates by one CA for the session: to make a CA takes longer than a test."""
    from fake_registry import Settings
    from fake_registry.server.tls import Certificates

    settings = Settings()
    return Certificates.generate((settings.login_server, settings.storage_host))


@pytest.fixture
def _acr_connection(request: pytest.FixtureRequest) -> "Connection":
    """The connection to the registry of this test, the fake or the live one."""
    __tracebackhide__ = True
    live_endpoint = value_of(request.config, LIVE_ENDPOINT)
    name = "_acr_fake_connection" if live_endpoint is None else "_acr_live_connection"

    connection: Connection = request.getfixturevalue(name)
    return connection


@pytest.fixture
def _acr_fake_connection(
    request: pytest.FixtureRequest,
    acr: "FakeRegistry",
) -> "Iterator[Connection]":
    """The connection to the fake of this test, over the transport of the run."""
    from pytest_acr.connections.connection import connect

    transport = value_of(request.config, TRANSPORT)
    certificates: Certificates | None = None
    if transport == "https":
        certificates = request.getfixturevalue("_acr_certificates")

    with connect(acr, transport=transport, certificates=certificates) as connection:
        yield connection


@pytest.fixture
def _acr_live_connection(
    request: pytest.FixtureRequest,
    _acr_live_is_acr: bool,  # noqa: FBT001  pytest passes fixtures by name
    _acr_live_login: None,
    acr_live_credential: "TokenCredential | AzureNamedKeyCredential | None",
) -> "Iterator[Connection]":
    """The connection to the live registry. Removes afterwards what the test has pushed.

    It requests the credential, which pytest therefore closes after that.
    """
    from pytest_acr.connections.connection import Connection
    from pytest_acr.connections.live import LiveAccess

    endpoint = value_of(request.config, LIVE_ENDPOINT) or ""
    access = LiveAccess(endpoint, is_acr=_acr_live_is_acr, credential=acr_live_credential)
    with Connection(access) as connection:
        yield connection
        access.remove_pushed(connection)


@pytest.fixture
def _acr_api(_acr_connection: "Connection") -> "Connection":
    """The connection, for clients of the Azure SDK. Skips the test where these cannot work."""
    if not _acr_connection.is_acr:
        pytest.skip(f"requires ACR's API, which {_acr_connection.endpoint} does not provide")
    if _acr_connection.user is not None:
        pytest.skip("requires a token credential: clients of the Azure SDK cannot log in as a user")
    return _acr_connection


# where the registry is


@pytest.fixture
def acr_namespace(_acr_connection: "Connection") -> str:
    """Prefix for this test's repositories. Empty unless `--acr-live-endpoint` is set.

    With that option, each test has a namespace, and what it pushed there is removed afterwards.
    """
    return _acr_connection.namespace


@pytest.fixture
def acr_endpoint(_acr_connection: "Connection") -> str:
    """The registry's URL: `https://NAME.azurecr.io`, or over http and https that of `acr_server`.

    With `--acr-live-endpoint` it is the URL of the live registry.
    """
    return _acr_connection.endpoint


@pytest.fixture
def acr_login_server(_acr_connection: "Connection") -> str:
    """The host of `acr_endpoint`, with the port if the URL has one."""
    return _acr_connection.login_server


@pytest.fixture
def acr_server(_acr_connection: "Connection") -> "RegistryServer":
    """The same registry behind a socket: `.url`, `.port`, `.ca_file`.

    It speaks TLS with `--acr-transport https`, and plain HTTP otherwise.
    """
    return _acr_connection.server


@pytest.fixture
def acr_environment(
    acr_server: "RegistryServer",
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, str]:
    """The variables by which code and subprocesses find `acr_server`, set for this test.

    They name its URL and exempt it from proxies. With `--acr-transport https` they also name its
    CA, such as SSL_CERT_FILE; otherwise the URL is http.
    """
    from pytest_acr.interception.environment import environment_of

    variables = environment_of(acr_server)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def acr_network(acr: "FakeRegistry") -> "Iterator[AcrNetwork]":
    """Lets unmodified code that connects to `https://NAME.azurecr.io` reach the registry.

    NAME is `fake` by default; `@pytest.mark.acr(name="myregistry")` sets it.
    """
    from pytest_acr.interception.network import AcrNetwork

    with AcrNetwork([acr]) as network:
        yield network


# parts of a client


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
    """A `requests.Session` that reaches the registry. In memory mode it reaches no other host."""
    return _acr_connection.session


# clients


@pytest.fixture
def acr_client(_acr_api: "Connection") -> "ContainerRegistryClient":
    """A real `azure.containerregistry.ContainerRegistryClient` for the registry."""
    return _acr_api.client()


@pytest.fixture
def acr_anonymous_client(_acr_api: "Connection") -> "ContainerRegistryClient":
    """A `ContainerRegistryClient` without a credential."""
    return _acr_api.anonymous_client()


@pytest.fixture
def acr_aio_client(_acr_api: "Connection") -> "AioContainerRegistryClient":
    """A real `azure.containerregistry.aio.ContainerRegistryClient`. It needs no async plugin."""
    return _acr_api.aio_client()


@pytest.fixture
def acr_aio_anonymous_client(_acr_api: "Connection") -> "AioContainerRegistryClient":
    """An async `ContainerRegistryClient` without a credential."""
    return _acr_api.aio_anonymous_client()


@pytest.fixture
def acr_content_client(
    _acr_connection: "Connection",
) -> "Callable[[str], ContainerRegistryContentClient]":
    """Factory: `acr_content_client("samples/hello")` makes a client for that repository."""
    return _acr_connection.content_client


@pytest.fixture
def acr_aio_content_client(
    _acr_connection: "Connection",
) -> "Callable[[str], AioContainerRegistryContentClient]":
    """Factory: `acr_aio_content_client("samples/hello")` makes the client of `pytest_acr.aio`."""
    return _acr_connection.aio_content_client
