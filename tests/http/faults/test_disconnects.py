"""`Disconnect` and `Truncate` on the wire: a reset (RST) or an end in order (FIN), and how clients see it."""

import errno
import http.client
import socket
from collections.abc import Iterator

import pytest
import requests
from azure.core.exceptions import IncompleteReadError

from fake_registry import Disconnect, FakeRegistry, Fault, ManualClock, Truncate
from pytest_acr import Transport, connect
from tests.support.struck_calls import PULL
from tests.support.struck_clients import CLIENTS, SECONDS
from tests.support.struck_requests import LAYER

CAUSES = {"reset": ConnectionResetError, "close": http.client.RemoteDisconnected}


@pytest.fixture
def registry() -> FakeRegistry:
    return PULL.registry(ManualClock())


@pytest.fixture
def client(registry: FakeRegistry) -> Iterator[socket.socket]:
    """A connection to a server of the registry."""
    with registry.serve() as server:
        address = (server.host, server.port)
        with socket.create_connection(address, timeout=SECONDS) as client:
            yield client


def ask(client: socket.socket) -> None:
    """Send a request for the tags."""
    client.sendall(b"GET /v2/samples/hello/tags/list HTTP/1.1\r\nHost: a\r\n\r\n")


def read_to_end(client: socket.socket) -> bytes:
    return b"".join(iter(lambda: client.recv(65_536), b""))


def test_reset_is_a_reset(registry: FakeRegistry, client: socket.socket) -> None:
    registry.faults.add(Fault("tags.list", Disconnect()))

    ask(client)

    with pytest.raises(ConnectionResetError) as caught:
        client.recv(1)
    assert caught.value.errno == errno.ECONNRESET


def test_close_is_an_end_in_order(registry: FakeRegistry, client: socket.socket) -> None:
    registry.faults.add(Fault("tags.list", Disconnect("close")))

    ask(client)

    assert read_to_end(client) == b""


@pytest.mark.parametrize("size", [0, 5])
def test_truncated_body_ends_in_order(registry: FakeRegistry, client: socket.socket, size: int) -> None:
    registry.faults.add(Fault("tags.list", Truncate(size)))

    ask(client)
    head, _, body = read_to_end(client).partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert body == b'{"nam'[:size]


@pytest.mark.parametrize("transport", ["memory", "http"])  # Python's TLS takes a reset for an end
@pytest.mark.parametrize("how", CAUSES)
def test_cause_of_the_error_of_requests_is_that_of_the_socket(
    registry: FakeRegistry, transport: Transport, how: str
) -> None:
    registry.faults.add(Fault("blob.get", Disconnect(how)))  # type: ignore[arg-type]  # a Literal

    with (
        connect(registry, transport=transport) as connection,
        pytest.raises(requests.exceptions.ConnectionError) as caught,
    ):
        PULL.send(connection.session, connection.endpoint)

    (protocol_error,) = caught.value.args
    assert type(protocol_error.args[1]) is CAUSES[how]


@pytest.mark.parametrize("transport", ["memory", "http", "https"])
@pytest.mark.parametrize("name", ["azure", "azure_aio"])
def test_truncated_layer_is_an_incomplete_read(registry: FakeRegistry, transport: Transport, name: str) -> None:
    registry.faults.add(Fault("blob.get", Truncate(4), times=1))

    with connect(registry, transport=transport) as connection, CLIENTS[name](connection) as client:
        with pytest.raises(IncompleteReadError):
            PULL.send(client, connection.endpoint)  # type: ignore[arg-type]  # by what it can do
        assert PULL.send(client, connection.endpoint).content == LAYER  # type: ignore[arg-type]


def test_unknown_kind_of_disconnect_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^how: expected one of reset, close, found 'rst'$"):
        Disconnect("rst")  # type: ignore[arg-type]
