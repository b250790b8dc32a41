"""Entering and leaving: everything is as it was, whatever happened inside; outside nobody dials the real host."""

import asyncio
import os
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry, Settings
from pytest_acr import HostRefused, network
from tests.network.conftest import Get
from tests.plugin.open_files import on_linux, open_files

HELLO = "https://myregistry.azurecr.io/v2/"
PATCHED = [
    (socket, "getaddrinfo"),
    (socket.socket, "connect"),
    (socket.socket, "connect_ex"),
    (ssl.SSLContext, "wrap_socket"),
    (ssl.SSLContext, "wrap_bio"),
]


def state() -> list[object]:
    """What a network changes."""
    return [(name in vars(holder), getattr(holder, name)) for holder, name in PATCHED] + [dict(os.environ)]


def test_everything_is_restored(registry: FakeRegistry) -> None:
    before = state()
    with network(registry):
        assert state() != before
    assert state() == before


def test_everything_is_restored_after_an_error(registry: FakeRegistry) -> None:
    before = state()
    with pytest.raises(KeyError), network(registry):
        raise KeyError
    assert state() == before


def test_nothing_is_changed_where_entering_fails(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state()
    inside = network(registry)
    with monkeypatch.context() as broken:
        broken.setattr(socket, "create_server", None)
        with pytest.raises(TypeError):
            inside.__enter__()
    assert state() == before
    with inside:
        assert requests.get(HELLO, timeout=5).content == b"{}"


@on_linux
def test_every_socket_and_thread_is_closed(registry: FakeRegistry, get: Get) -> None:
    get_once = network(registry)(get)
    get_once(HELLO)
    before, threads = open_files(), threading.active_count()
    get_once(HELLO)
    assert (open_files(), threading.active_count()) == (before, threads)


def test_networks_nest() -> None:
    outer, inner = (FakeRegistry(Settings(name=name, auth="off")) for name in ("outer", "inner"))
    before = state()
    with network(outer):
        with network(inner):
            for name in ("outer", "inner"):
                assert requests.get(f"https://{name}.azurecr.io/v2/", timeout=5).ok
        assert requests.get("https://outer.azurecr.io/v2/", timeout=5).ok
        with pytest.raises(HostRefused):
            requests.get("https://inner.azurecr.io/v2/", timeout=5)
    assert state() == before


def test_inner_network_of_the_same_name_has_the_word() -> None:
    outer, inner = (FakeRegistry(Settings(name="same", auth="off")) for _ in range(2))
    with network(outer):
        with network(inner):
            requests.get("https://same.azurecr.io/v2/", timeout=5)
        requests.get("https://same.azurecr.io/v2/", timeout=5)
    assert (len(outer.requests), len(inner.requests)) == (1, 1)


def test_network_is_entered_again(registry: FakeRegistry) -> None:
    again = network(registry)
    for _ in range(2):
        with again, again:
            assert requests.get(HELLO, timeout=5).ok
        with pytest.raises(HostRefused):
            requests.get(HELLO, timeout=5)


def test_networks_may_be_left_in_any_order() -> None:
    first, second = (FakeRegistry(Settings(name=name, auth="off")) for name in ("first", "second"))
    before = state()
    one, two = network(first), network(second)
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert requests.get("https://second.azurecr.io/v2/", timeout=5).ok
    two.__exit__(None, None, None)
    assert state() == before


def test_threads_see_it(registry: FakeRegistry, get: Get) -> None:
    with network(registry), ThreadPoolExecutor(4) as threads:
        assert set(threads.map(get, [HELLO] * 12)) == {b"{}"}
    assert len(registry.requests) == 12


def test_threads_come_and_go(registry: FakeRegistry) -> None:
    before = state()
    shared = network(registry)

    def visit(_turn: int) -> bool:
        with shared:
            return requests.get(HELLO, timeout=5).ok

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(visit, range(40)))
    assert state() == before


def test_decorator(registry: FakeRegistry) -> None:
    @network(registry)
    def get(path: str) -> bytes:
        """Get it."""
        return requests.get(f"{HELLO}{path}", timeout=5).content

    assert (get(""), get.__name__, get.__doc__) == (b"{}", "get", "Get it.")


def test_decorator_of_an_async_function(registry: FakeRegistry) -> None:
    @network(registry)
    async def get() -> bytes:
        await asyncio.sleep(0)
        return await asyncio.to_thread(lambda: requests.get(HELLO, timeout=5).content)

    assert asyncio.run(get()) == b"{}"
    with pytest.raises(HostRefused):
        requests.get(HELLO, timeout=5)


def test_client_built_inside_and_used_outside_is_told(registry: FakeRegistry) -> None:
    """Used before or not: neither its kept connections nor a new one lead to the real host."""
    with network(registry):
        used, unused = requests.Session(), requests.Session()
        used.get(HELLO, timeout=5)
        sdk = ContainerRegistryClient("https://myregistry.azurecr.io", None)
    told = r"myregistry\.azurecr\.io was a fake inside pytest_acr\.network, which has been left"
    for session in (used, unused):
        with session, pytest.raises(HostRefused, match=told):
            session.get(HELLO, timeout=5)
    with sdk, pytest.raises(HostRefused, match=told):
        list(sdk.list_repository_names())


def test_what_was_left_can_be_allowed(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    with network(registry):
        pass
    with network(allow=["myregistry.azurecr.io"]), pytest.raises(requests.ConnectionError):
        requests.get(HELLO, timeout=5)  # where there is a network it is the real one that answers


def test_registrys_own_failure_is_raised_at_the_end(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("our bug")

    monkeypatch.setattr(registry.content, "list_repositories", broken)
    with pytest.raises(BaseExceptionGroup), network(registry):
        assert requests.get(f"{HELLO}_catalog", timeout=5).status_code == 500


def test_ca_is_there_inside_only(registry: FakeRegistry) -> None:
    inside = network(registry)
    with pytest.raises(RuntimeError, match="while it is entered"):
        _ = inside.ca_file
    with inside:
        assert inside.ca_file.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
