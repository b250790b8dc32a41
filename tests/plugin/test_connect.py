"""`pytest_acr.connect`: the same clients without fixtures, in every transport, closed together."""

import asyncio
import io
import socket
from pathlib import Path
from typing import Any, NoReturn, cast

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.server.tls import Certificates
from pytest_acr import Connection, Transport, connect
from pytest_acr.transports.in_process import AcrTransport
from pytest_acr.transports.sockets import AllowHttp
from tests.support.open_files import on_linux, open_files, opened_since

every_transport = pytest.mark.parametrize("transport", ["memory", "http", "https"])
over_sockets = pytest.mark.parametrize("transport", ["http", "https"])


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(Settings(auth="anonymous-pull"), clock=ManualClock())


@every_transport
def test_sync_clients(registry: FakeRegistry, transport: Transport) -> None:
    registry.push_image("samples/hello:v1")
    with connect(registry, transport=transport) as connection:
        digest, _ = connection.client().upload_blob("samples/hello", io.BytesIO(b"hello"))
        anonymous = connection.anonymous_client()
        assert b"".join(anonymous.download_blob("samples/hello", digest)) == b"hello"
        with pytest.raises(ClientAuthenticationError):
            anonymous.delete_repository("samples/hello")


@every_transport
def test_aio_clients(registry: FakeRegistry, transport: Transport) -> None:
    async def push_and_pull(connection: Connection) -> bytes:
        digest, _ = await connection.aio_client().upload_blob("samples/hello", io.BytesIO(b"hello"))
        anonymous = connection.aio_anonymous_client()
        content = b"".join([piece async for piece in await anonymous.download_blob("samples/hello", digest)])
        with pytest.raises(ClientAuthenticationError):
            await anonymous.delete_repository("samples/hello")
        return content

    registry.push_image("samples/hello:v1")
    with connect(registry, transport=transport) as connection:
        assert asyncio.run(push_and_pull(connection)) == b"hello"


def test_memory_is_the_default(registry: FakeRegistry) -> None:
    with connect(registry) as connection:
        assert (connection.endpoint, connection.login_server) == (
            "https://fake.azurecr.io",
            "fake.azurecr.io",
        )


@over_sockets
def test_endpoint_over_a_socket_is_that_of_the_server(registry: FakeRegistry, transport: Transport) -> None:
    with connect(registry, transport=transport) as connection:
        assert connection.endpoint == connection.server.url == f"{transport}://127.0.0.1:{connection.server.port}"
        assert connection.login_server == f"127.0.0.1:{connection.server.port}"


@pytest.mark.parametrize("transport", ["ftp", "", "HTTP", None])
def test_unknown_transport_is_a_value_error(registry: FakeRegistry, transport: object) -> None:
    with pytest.raises(ValueError, match=r"transport: expected one of [a-z, ]{19}, found "):
        connect(registry, transport=cast(Transport, transport))


@every_transport
def test_each_part_is_made_once(registry: FakeRegistry, transport: Transport) -> None:
    with connect(registry, transport=transport) as connection:
        for part in (
            "transport",
            "aio_transport",
            "session",
            "server",
            "credential",
            "aio_credential",
        ):
            assert getattr(connection, part) is getattr(connection, part)


@every_transport
def test_several_connections_see_one_registry(registry: FakeRegistry, transport: Transport) -> None:
    registry.push_image("samples/hello:v1")
    with connect(registry, transport=transport) as one, connect(registry) as other:
        one.client().delete_repository("samples/hello")
        assert list(other.client().list_repository_names()) == []


class Named(SansIOHTTPPolicy[Any, Any]):
    """A policy of the caller."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        request.http_request.headers["X-Caller"] = "me"


@every_transport
def test_options_go_to_the_client(registry: FakeRegistry, transport: Transport) -> None:
    with connect(registry, transport=transport) as connection:
        client = connection.client(api_version="2019-08-15-preview", per_call_policies=[Named()])
        list(client.list_tag_properties(registry.push_image("samples/hello:v1").repository))
        client.get_tag_properties("samples/hello", "v1")
    assert {exchange.request_header("X-Caller") for exchange in registry.requests} == {"me"}
    assert registry.requests.where(endpoint="acr.tag.get", status=200)[0].query == "api-version=2019-08-15-preview"


def test_server_uses_the_given_certificates(registry: FakeRegistry, tmp_path: Path) -> None:
    certificates = Certificates.generate(registry.hosts)
    expected = certificates.write_ca(tmp_path / "ca.pem").read_bytes()
    with connect(registry, transport="https", certificates=certificates) as connection:
        assert connection.server.ca_file is not None
        assert connection.server.ca_file.read_bytes() == expected
        assert list(connection.client().list_repository_names()) == []


@every_transport
def test_close_stops_the_server(registry: FakeRegistry, transport: Transport) -> None:
    with connect(registry, transport=transport) as connection:
        port = connection.server.port
        assert list(connection.client().list_repository_names()) == []
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


@on_linux
@over_sockets
def test_close_closes_the_sockets_of_clients(registry: FakeRegistry, transport: Transport) -> None:
    """The garbage collector closes none of them: the connection still exists when they are counted."""

    async def names(connection: Connection) -> list[str]:
        return [name async for name in connection.aio_client().list_repository_names()]

    before = open_files()
    connection = connect(registry, transport=transport)
    assert asyncio.run(names(connection)) == []
    assert connection.transport.send(HttpRequest("GET", f"{connection.endpoint}/v2/")).status_code == 401
    assert connection.session.get(f"{connection.endpoint}/v2/").status_code == 401
    connection.close()
    assert opened_since(before) == []


class WatchedTransport(AcrTransport):
    """Counts how often it is closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_close_closes_clients_and_their_logins(registry: FakeRegistry) -> None:
    """azure-sdk-quirks: `close` of a client leaves its login open."""
    transport = WatchedTransport(registry.hosts, clock=registry.clock)
    with connect(registry) as connection:
        assert list(connection.client(transport=transport).list_repository_names()) == []
    assert transport.closed == 2


def test_close_of_an_unused_connection_starts_no_server(
    registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_arguments: object, **_options: object) -> NoReturn:
        raise AssertionError("a server was started")

    monkeypatch.setattr(registry, "serve", refuse)
    connection = connect(registry, transport="http")
    connection.close()
    connection.close()
    assert connection.registry is registry


def boom(*_arguments: object) -> NoReturn:
    raise RuntimeError("the cat sat on the keyboard")


@over_sockets
def test_failure_of_the_registry_is_raised_once_by_close(
    registry: FakeRegistry, transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = registry.push_image("samples/hello:v1")
    monkeypatch.setattr(registry.content, "tag_properties", boom)
    connection = connect(registry, transport=transport)
    with pytest.raises(HttpResponseError):
        connection.client(retry_total=0).get_tag_properties(image.repository, "v1")
    with pytest.raises(BaseExceptionGroup, match="the app failed while it answered a request") as caught:
        connection.close()
    assert [repr(error) for error in caught.value.exceptions] == ["RuntimeError('the cat sat on the keyboard')"]
    connection.close()


def test_failure_of_the_registry_in_memory_is_raised_by_the_call(
    registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = registry.push_image("samples/hello:v1")
    monkeypatch.setattr(registry.content, "tag_properties", boom)
    with (
        connect(registry) as connection,
        pytest.raises(RuntimeError, match="the cat sat on the keyboard"),
    ):
        connection.client().get_tag_properties(image.repository, "v1")


def test_client_with_its_own_transport_reaches_a_plain_http_server() -> None:
    """`AllowHttp`, as in the README: a client that has only the URL and the credential logs in."""
    registry = FakeRegistry(clock=ManualClock())
    registry.push_image("samples/hello:v1")
    with (
        connect(registry, transport="http") as connection,
        RequestsTransport() as transport,
        ContainerRegistryClient(
            connection.endpoint,
            connection.credential,
            transport=transport,
            per_call_policies=[AllowHttp()],
        ) as client,
    ):
        assert list(client.list_repository_names()) == ["samples/hello"]
