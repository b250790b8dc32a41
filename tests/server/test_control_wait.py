"""Waiting for a request over the control API: in memory, and over a socket whose client may hang up."""

import json
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from werkzeug.test import Client

from fake_registry import FakeRegistry, Settings
from fake_registry.control import ControlApp
from fake_registry.control.limits import MAX_WAITS
from fake_registry.journal.documents import exchange_document
from fake_registry.journal.exchange import Exchange
from fake_registry.server import RegistryServer
from tests.server.control_client import client_of, error_of, json_of

Serve = Callable[..., RegistryServer]

PATIENCE = 10.0
"""Seconds that a thread may take on a busy machine."""


class WatchedRegistry(FakeRegistry):
    """A registry that reports the waits for its requests."""

    def __init__(self) -> None:
        super().__init__(Settings(auth="off"))
        self.waiting = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)
        subscribe = self.recorder.subscribe

        def watch(observer: Callable[[Exchange], None]) -> Callable[[], None]:
            end = subscribe(observer)
            self.waiting.release()

            def end_and_report() -> None:
                end()
                self.ended.release()

            return end_and_report

        self.recorder.subscribe = watch  # type: ignore[method-assign]


@pytest.fixture
def registry() -> WatchedRegistry:
    return WatchedRegistry()


@pytest.fixture
def client(registry: FakeRegistry) -> Client:
    return client_of(registry)


@pytest.fixture
def server(registry: FakeRegistry, serve: Serve) -> RegistryServer:
    return serve(ControlApp(registry, registry.wsgi_app))


def send_wait(server: RegistryServer, **criteria: object) -> socket.socket:
    """Return a connection on which a wait was sent."""
    body = json.dumps(criteria).encode()
    head = f"POST /_fake/wait HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    connection = socket.create_connection((server.host, server.port), timeout=PATIENCE)
    connection.sendall(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
    return connection


def test_request_that_is_there_is_found(registry: FakeRegistry, client: Client) -> None:
    for path in ("/v2/", "/nowhere", "/v2/"):
        client.get(path)
    found = client.post("/_fake/wait", json={"timeout": 0, "endpoint": "base", "after": 0, "status": 200})

    assert found.status_code == 200
    assert json_of(found) == json.loads(json.dumps(exchange_document(registry.requests[2])))


def test_wait_without_a_request_is_not_found(client: Client) -> None:
    client.get("/v2/")
    absent = client.post("/_fake/wait", json={"timeout": 0.01, "status": None, "after": 3})

    assert absent.status_code == 404
    assert error_of(absent).startswith("waited 0.01 seconds for an exchange with status=None after #3, found none")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"timeout": 61}, "expected timeout to be at most 60, found 61"),
        ({"timeout": 60.5}, "expected timeout to be at most 60, found 60.5"),
        ({"timeout": -1}, "expected timeout to be at least 0, found -1"),
        ({"timeout": "5"}, "expected timeout to be a number, found a string"),
        ({"timeout": None}, "expected timeout to be a number, found null"),
        ({"after": 1.5}, "expected after to be an integer or null, found a number"),
        ({"status": "404"}, "expected status to be an integer or null, found a string"),
        ({"number": None}, "expected number to be an integer, found null"),
        ({"endpoint": "bass"}, "there is no endpoint 'bass'; "),
        ({"method": "BREW"}, "method: expected one of GET, "),
        ({"path": "p" * 501}, "expected path to have at most 500 characters, found"),
        ({"errors": ["NAME_UNKNOWN"]}, "expected errors to be a string, found a list"),
        ({"request_headers": ["Accept"]}, "expected request_headers to have 2 items, found 1"),
        ({"request_headers": "Accept: */*"}, "expected request_headers to be a list, found a string"),
        ({"statsu": 404}, "expected one of status, "),
    ],
    ids=repr,
)
def test_invalid_wait_is_refused(registry: WatchedRegistry, client: Client, body: dict[str, Any], message: str) -> None:
    refused = client.post("/_fake/wait", json=body)
    assert (refused.status_code, error_of(refused)[: len(message)]) == (400, message)
    assert not registry.waiting.acquire(blocking=False)


def test_request_that_comes_ends_the_wait(registry: WatchedRegistry, server: RegistryServer) -> None:
    with ThreadPoolExecutor() as threads:
        wait = threads.submit(requests.post, f"{server.url}/_fake/wait", json={"timeout": 60, "endpoint": "tags.*"})
        assert registry.waiting.acquire(timeout=PATIENCE)
        for path in ("/v2/", "/v2/a/tags/list"):
            requests.get(server.url + path, timeout=PATIENCE)  # the wait holds up neither
        found = wait.result(PATIENCE)

    assert (found.status_code, found.json()["path"]) == (200, "/v2/a/tags/list")
    assert registry.ended.acquire(timeout=PATIENCE)


def test_wait_ends_with_its_client(registry: WatchedRegistry, server: RegistryServer) -> None:
    with send_wait(server, timeout=60, endpoint="base"):
        assert registry.waiting.acquire(timeout=PATIENCE)
        assert not registry.ended.acquire(blocking=False)

    assert registry.ended.acquire(timeout=PATIENCE)
    assert requests.get(f"{server.url}/v2/", timeout=PATIENCE).status_code == 200


def test_wait_ends_with_the_server(registry: WatchedRegistry, server: RegistryServer) -> None:
    with send_wait(server, timeout=60):
        assert registry.waiting.acquire(timeout=PATIENCE)
        server.stop()
        assert registry.ended.acquire(timeout=PATIENCE)


def test_number_of_waits_is_bounded(registry: WatchedRegistry, server: RegistryServer) -> None:
    url = f"{server.url}/_fake/wait"
    connections = [send_wait(server, timeout=60) for _ in range(MAX_WAITS)]
    for _ in connections:
        assert registry.waiting.acquire(timeout=PATIENCE)
    refused = requests.post(url, json={"timeout": 0}, timeout=PATIENCE)
    for connection in connections:
        connection.close()
        assert registry.ended.acquire(timeout=PATIENCE)

    assert (refused.status_code, refused.json()) == (409, {"error": "expected at most 100 waits at a time, found more"})
    assert requests.post(url, json={"timeout": 0}, timeout=PATIENCE).status_code == 404
