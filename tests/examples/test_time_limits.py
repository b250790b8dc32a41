import socket

from fake_registry import FakeRegistry, RegistryServer


def test_silent_client_is_disconnected() -> None:
    registry = FakeRegistry()
    with (
        registry.serve(idle_seconds=0.1) as server,
        socket.create_connection((server.host, server.port), timeout=10) as client,
    ):
        assert client.recv(1) == b""  # the end: the server has closed the connection


def test_late_head_is_answered_with_408() -> None:
    registry = FakeRegistry()
    with (
        RegistryServer(registry.wsgi_app, head_seconds=0.1) as server,
        socket.create_connection((server.host, server.port), timeout=10) as client,
    ):
        client.sendall(b"GET /v2/ HTTP/1.1\r\n")
        assert client.recv(12) == b"HTTP/1.1 408"
