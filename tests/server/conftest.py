"""Servers that end with the test, raw requests to them, and a registry with its control API."""

import socket
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.types import WSGIApplication

import pytest
from werkzeug.test import Client

from fake_registry import FakeRegistry, Settings
from fake_registry.server import RegistryServer
from tests.server.control_client import client_of

Serve = Callable[..., RegistryServer]
Talk = Callable[..., bytes]


@pytest.fixture
def registry() -> FakeRegistry:
    """A registry for tests of the control API, in which every caller may do everything."""
    return FakeRegistry(Settings(auth="off"))


@pytest.fixture
def client(registry: FakeRegistry) -> Client:
    """A client of the registry and of its control API."""
    return client_of(registry)


@pytest.fixture
def serve() -> Iterator[Serve]:
    """A factory of running servers. A failure of the app that the test does not take fails the
    test."""
    servers: list[RegistryServer] = []

    def start(app: WSGIApplication, **options: Any) -> RegistryServer:  # Any: the constructor's own
        servers.append(RegistryServer(app, **options).start())
        return servers[-1]

    yield start
    for server in servers:
        server.stop()
    assert [server.take_failures() for server in servers] == [()] * len(servers)


@pytest.fixture
def talk() -> Talk:
    """Send bytes on a new connection, stop sending where asked to, and return all that comes until
    it closes."""

    def send_and_receive(server: RegistryServer, *sent: bytes, half_close: bool = False) -> bytes:
        with socket.create_connection((server.host, server.port), timeout=5) as connection:
            for part in sent:
                connection.sendall(part)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: connection.recv(65536), b""))

    return send_and_receive
