"""The plugin's fixtures that reach the registry: connections, transports, credentials, clients. `plugin` loads them."""

import os
from typing import TYPE_CHECKING

import pytest

from pytest_acr.plugin.options import live_endpoint_of, transport_of

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


@pytest.fixture(scope="session")
def _acr_certificates() -> "Certificates":
    """One CA for the session: making it takes longer than a test."""
    from fake_registry import Settings
    from fake_registry.server.tls import Certificates

    settings = Settings()
    return Certificates.generate((settings.login_server, settings.storage_host))


@pytest.fixture(scope="session")
def _acr_live_is_acr(request: pytest.FixtureRequest) -> bool:
    import requests

    from pytest_acr.connections.live import is_acr

    endpoint = live_endpoint_of(request.config) or ""
    try:
        return is_acr(endpoint)
    except requests.RequestException as error:
        raise pytest.UsageError(f"--acr-live-endpoint: {endpoint} cannot be reached: {error}") from None


@pytest.fixture(scope="session")
def acr_live_credential(request: pytest.FixtureRequest) -> "Iterator[TokenCredential | AzureNamedKeyCredential | None]":
    """With --acr-live-endpoint, the credential of the tests: override it for another.

    A user, where PYTEST_ACR_LIVE_USERNAME and PYTEST_ACR_LIVE_PASSWORD name one; else `DefaultAzureCredential`, and
    none for a registry that is not ACR.
    """
    username, password = (os.environ.get(f"PYTEST_ACR_LIVE_{name}") for name in ("USERNAME", "PASSWORD"))
    if username and password:
        from azure.core.credentials import AzureNamedKeyCredential

        yield AzureNamedKeyCredential(username, password)
        return
    if not request.getfixturevalue("_acr_live_is_acr"):
        yield None
        return
    try:
        from azure.identity import DefaultAzureCredential
    except ImportError:
        wanted = 'pip install "pytest-acr[live]", or override the fixture acr_live_credential'
        raise pytest.UsageError(f"a credential for --acr-live-endpoint wants azure-identity: {wanted}") from None
    with DefaultAzureCredential() as credential:
        yield credential


@pytest.fixture
def _acr_connection(request: pytest.FixtureRequest) -> "Iterator[Connection]":
    from pytest_acr.connections.connection import Connection, connect

    endpoint = live_endpoint_of(request.config)
    if endpoint is None:
        transport = transport_of(request.config)
        certificates = request.getfixturevalue("_acr_certificates") if transport == "https" else None
        with connect(request.getfixturevalue("acr"), transport=transport, certificates=certificates) as connection:
            yield connection
        return
    from pytest_acr.connections.live import LiveLine

    is_acr = request.getfixturevalue("_acr_live_is_acr")
    # asked for now: it is there until what was pushed is removed
    credential = request.getfixturevalue("acr_live_credential")
    line = LiveLine(endpoint, is_acr=is_acr, credential=credential)
    with Connection(line) as connection:
        yield connection
        line.remove(connection)


@pytest.fixture
def _acr_api(_acr_connection: "Connection") -> "Connection":
    """The connection, if it is one to a registry with ACR's API."""
    if not _acr_connection.is_acr:
        pytest.skip(f"needs ACR's own API, which {_acr_connection.endpoint} has not")
    if _acr_connection.user is not None:
        pytest.skip("needs a credential of Entra's: the Azure SDK's clients know no users")
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
def acr_environment(acr_server: "RegistryServer", monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Variables that lead code and subprocesses to `acr_server`, set for this test: its URL, its CA, no proxy."""
    from pytest_acr.interception.environment import environment_of

    variables = environment_of(acr_server)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return variables


@pytest.fixture
def acr_network(acr: "FakeRegistry", monkeypatch: pytest.MonkeyPatch) -> "Iterator[AcrNetwork]":
    """Inside the test, code that builds its own client for `https://NAME.azurecr.io` reaches the registry unchanged."""
    from pytest_acr.interception.network import AcrNetwork

    with AcrNetwork([acr], set_environment=False) as inside:
        # by `monkeypatch`, which a test may use on the same variables: it undoes both, the test's first
        for name, value in inside.variables.items():
            if value is None:
                monkeypatch.delenv(name, raising=False)
            else:
                monkeypatch.setenv(name, value)
        yield inside


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
    """Factory: the `ContainerRegistryContentClient` of `pytest_acr.content.aio_client` for a repository."""
    return _acr_connection.aio_content_client


@pytest.fixture
def acr_aio_client(_acr_api: "Connection") -> "AioContainerRegistryClient":
    """A real `azure.containerregistry.aio.ContainerRegistryClient`. It needs no async plugin in particular."""
    return _acr_api.aio_client()


@pytest.fixture
def acr_aio_anonymous_client(_acr_api: "Connection") -> "AioContainerRegistryClient":
    """The same without a credential."""
    return _acr_api.aio_anonymous_client()
