"""A registry that pauses, as clients meet it: they wait, or their read timeout ends the call.

The app never sleeps. In memory a pause moves a clock that is set by hand, and a timeout takes no
time. Over a socket both are real.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import anyio
import pytest
import requests
from azure.core.exceptions import ServiceResponseTimeoutError

from fake_registry import FakeRegistry, Fault, ManualClock, Settings
from pytest_acr import Connection, connect
from tests.support.clients import HELLO, OCI_MANIFEST
from tests.support.effects import Wait

Get = Callable[..., Any]
"""Gets the manifest of HELLO's tag latest; `read_timeout` may be given, in seconds."""


def get_with_sdk(connection: Connection, **options: Any) -> object:
    """Use the Azure SDK's client."""
    return connection.client().get_manifest(HELLO, "latest", retry_total=0, **options).digest


def get_with_aio_sdk(connection: Connection, **options: Any) -> object:
    """Use the Azure SDK's async client, under asyncio."""
    return asyncio.run(_get(connection, options))


def get_with_aio_sdk_in_trio(connection: Connection, **options: Any) -> object:
    """Use the Azure SDK's async client, under trio."""
    return anyio.run(_get, connection, options, backend="trio")


async def _get(connection: Connection, options: dict[str, Any]) -> object:
    client = connection.aio_client()
    return (await client.get_manifest(HELLO, "latest", retry_total=0, **options)).digest


def get_with_requests(connection: Connection, *, read_timeout: float | None = None) -> object:
    """Use a session of requests."""
    response = connection.session.get(
        f"{connection.endpoint}/v2/{HELLO}/manifests/latest",
        headers={"Accept": OCI_MANIFEST},
        timeout=(5, read_timeout),
    )
    response.raise_for_status()
    return response.headers["Docker-Content-Digest"]


CLIENTS = {
    "sdk": get_with_sdk,
    "aio": get_with_aio_sdk,
    "trio": get_with_aio_sdk_in_trio,
    "requests": get_with_requests,
}

every_client = pytest.mark.parametrize("get", CLIENTS.values(), ids=CLIENTS)
every_moment = pytest.mark.parametrize("when", ["door", "before", "after"])

TIMEOUTS = (ServiceResponseTimeoutError, requests.exceptions.ReadTimeout)


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> FakeRegistry:
    """A registry whose clock stands at 0, in a process where sleeping is an error."""

    def refuse(seconds: float) -> None:
        raise AssertionError(f"slept for {seconds} seconds")

    monkeypatch.setattr(time, "sleep", refuse)
    registry = FakeRegistry(Settings(auth="off"), clock=ManualClock(0))
    registry.push_image(f"{HELLO}:latest")
    return registry


@pytest.fixture
def memory(registry: FakeRegistry) -> Iterator[Connection]:
    with connect(registry) as connection:
        yield connection


@pytest.fixture
def http(registry: FakeRegistry) -> Iterator[Connection]:
    with connect(registry, transport="http") as connection:
        yield connection


def seconds_on(clock: Any) -> int:
    """Return the whole seconds of a clock that started at 0."""
    return int(clock.now() // 10**9)


@every_client
@every_moment
def test_pause_in_memory_moves_the_clock(when: Any, get: Get, memory: Connection) -> None:
    memory.registry.faults.add(Fault("manifest.get", Wait(60), when=when))

    assert get(memory) == get(memory)
    assert seconds_on(memory.registry.clock) == 120


@every_client
@every_moment
def test_shorter_read_timeout_in_memory_ends_the_call_at_once(when: Any, get: Get, memory: Connection) -> None:
    memory.registry.faults.add(Fault("manifest.get", Wait(60), when=when))

    with pytest.raises(TIMEOUTS, match=r"read timeout=2\): Wait\(seconds=60\) at manifest\.get"):
        get(memory, read_timeout=2)

    assert seconds_on(memory.registry.clock) == 2
    memory.registry.requests.assert_count(1, endpoint="manifest.get", status=200)


@every_client
def test_pause_over_a_socket_delays_the_answer(get: Get, http: Connection) -> None:
    http.registry.faults.add(Fault("manifest.get", Wait(0.01)))

    assert str(get(http)).startswith("sha256:")
    assert seconds_on(http.registry.clock) == 0


@every_client
def test_shorter_read_timeout_over_a_socket_ends_the_call(get: Get, http: Connection) -> None:
    http.registry.faults.add(Fault("manifest.get", Wait(math.inf)))

    with pytest.raises(TIMEOUTS, match="Read timed out"):
        get(http, read_timeout=0.05)


def test_push_that_timed_out_has_its_effect(memory: Connection) -> None:
    client = memory.client()
    manifest: Any = client.get_manifest(HELLO, "latest").manifest  # Any: JSON
    memory.registry.faults.add(Fault("manifest.put", Wait(60)))

    with pytest.raises(ServiceResponseTimeoutError):
        client.set_manifest(HELLO, manifest, tag="late", retry_total=0, read_timeout=2)

    assert client.get_manifest(HELLO, "late").manifest == manifest
