"""Entering and leaving a network: it restores all that it changed, and its hosts are refused outside."""

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor

import aiohttp
import pytest
import requests
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry, Settings
from pytest_acr import HostRefused, network
from pytest_acr.interception.hosts import INTERCEPTION
from tests.support.interrupts import interrupted_calls
from tests.support.open_files import on_linux, open_files
from tests.support.patched import patched_state
from tests.support.ways import WAYS, Get

HELLO = "https://myregistry.azurecr.io/v2/"


def test_everything_is_restored(registry: FakeRegistry) -> None:
    before = patched_state()
    with network(registry):
        assert patched_state() != before
    assert patched_state() == before


def test_everything_is_restored_after_an_error(registry: FakeRegistry) -> None:
    before = patched_state()
    with pytest.raises(KeyError), network(registry):
        raise KeyError
    assert patched_state() == before


def test_failed_enter_changes_nothing(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    before = patched_state()
    inside = network(registry)
    with monkeypatch.context() as broken:
        broken.setattr(socket, "create_server", None)
        with pytest.raises(TypeError):
            inside.__enter__()
    assert patched_state() == before
    with inside:
        assert requests.get(HELLO, timeout=5).content == b"{}"


@on_linux
def test_every_socket_and_thread_is_closed(registry: FakeRegistry, get: Get) -> None:
    get_once = network(registry)(get)
    get_once(HELLO)
    before = _files_and_sockets(), threading.active_count()
    get_once(HELLO)
    assert (_files_and_sockets(), threading.active_count()) == before


def _files_and_sockets() -> list[str]:
    """Return the open files without pipes and pollers, some of which pycares closes later."""
    return [name for name in open_files() if name not in ("pipe", "anon_inode")]


def test_networks_nest() -> None:
    outer, inner = (FakeRegistry(Settings(name=name, auth="off")) for name in ("outer", "inner"))
    before = patched_state()
    with network(outer):
        with network(inner):
            for name in ("outer", "inner"):
                assert requests.get(f"https://{name}.azurecr.io/v2/", timeout=5).ok
        assert requests.get("https://outer.azurecr.io/v2/", timeout=5).ok
        with pytest.raises(HostRefused):
            requests.get("https://inner.azurecr.io/v2/", timeout=5)
    assert patched_state() == before


def test_inner_network_serves_a_name_of_both() -> None:
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
    before = patched_state()
    one, two = network(first), network(second)
    one.__enter__()
    two.__enter__()
    one.__exit__(None, None, None)
    assert requests.get("https://second.azurecr.io/v2/", timeout=5).ok
    two.__exit__(None, None, None)
    assert patched_state() == before


def test_network_is_in_force_for_all_threads(registry: FakeRegistry, get: Get) -> None:
    with network(registry), ThreadPoolExecutor(4) as threads:
        assert set(threads.map(get, [HELLO] * 6)) == {b"{}"}
    assert len(registry.requests) == 6


def test_threads_share_a_network(registry: FakeRegistry) -> None:
    before = patched_state()
    shared = network(registry)

    def visit(_turn: int) -> bool:
        with shared:
            return requests.get(HELLO, timeout=5).ok

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(visit, range(40)))
    assert patched_state() == before


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


def test_client_built_inside_is_refused_outside(registry: FakeRegistry) -> None:
    """Neither a kept connection nor a new one leads to the real host."""
    with network(registry):
        used, unused = requests.Session(), requests.Session()
        used.get(HELLO, timeout=5)
        sdk = ContainerRegistryClient("https://myregistry.azurecr.io", None)
    message = r"myregistry\.azurecr\.io was a fake inside pytest_acr\.network, which has been left"
    for session in (used, unused):
        with session, pytest.raises(HostRefused, match=message):
            session.get(HELLO, timeout=5)
    with sdk, pytest.raises(HostRefused, match=message):
        list(sdk.list_repository_names())


def test_host_of_a_former_fake_can_be_allowed(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    with network(registry):
        pass
    looked_up: list[object] = []

    def resolve(host: object, *_args: object, **_options: object) -> None:
        looked_up.append(host)
        raise socket.gaierror("recorded instead")

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with (
        network(allow=["myregistry.azurecr.io"]),
        pytest.raises(requests.ConnectionError, match="recorded"),
    ):
        requests.get(HELLO, timeout=5)
    assert set(looked_up) - {"127.0.0.1"} == {"myregistry.azurecr.io"}


def test_failure_of_the_registry_is_raised_at_the_end(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_arguments: object) -> None:
        raise RuntimeError("our bug")

    monkeypatch.setattr(registry.content, "list_repositories", broken)
    with pytest.raises(BaseExceptionGroup), network(registry):
        assert requests.get(f"{HELLO}_catalog", timeout=5).status_code == 500


def test_ca_file_requires_the_network(registry: FakeRegistry) -> None:
    inside = network(registry)
    with pytest.raises(RuntimeError, match="only inside the network"):
        _ = inside.ca_file
    with inside:
        assert inside.ca_file.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")


@pytest.mark.parametrize("way", WAYS)
def test_no_library_reaches_the_real_host_afterwards(registry: FakeRegistry, way: str) -> None:
    """Nor does a library that resolves in C, for which Python calls no audit hook."""
    with network(registry):
        WAYS[way](HELLO)
    with pytest.raises(HostRefused, match=r"myregistry\.azurecr\.io was a fake"):
        WAYS[way](HELLO)


def test_session_that_caches_addresses_is_served_again(registry: FakeRegistry) -> None:
    """aiohttp caches addresses for ten seconds. The cached one works in the next network only."""

    async def visit() -> list[bytes]:
        found = []
        async with aiohttp.ClientSession() as session:
            for _ in range(2):
                with network(registry):
                    async with session.get(HELLO) as answer:
                        found.append(await answer.read())
            with pytest.raises(HostRefused, match="was a fake"):
                await session.get(HELLO)
        return found

    assert asyncio.run(visit()) == [b"{}", b"{}"]


@pytest.mark.parametrize(("part", "method"), [("_environment", "apply"), ("_stand_ins", "address_of")])
def test_interrupted_enter_changes_nothing(
    registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch, part: str, method: str
) -> None:
    before = patched_state()
    inside = network(registry)
    with monkeypatch.context() as interrupted:
        calls = iter([KeyboardInterrupt()])
        original = getattr(getattr(INTERCEPTION, part), method)

        def interrupt(*args: object) -> object:
            for error in calls:
                raise error
            return original(*args)

        interrupted.setattr(getattr(INTERCEPTION, part), method, interrupt)
        with pytest.raises(KeyboardInterrupt):
            inside.__enter__()
    assert patched_state() == before
    with inside:
        assert requests.get(HELLO, timeout=5).ok
    assert patched_state() == before


def test_failed_patch_removes_the_others(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    before = patched_state()
    with monkeypatch.context() as broken:
        broken.delattr(ssl.SSLContext, "wrap_bio")
        with pytest.raises(AttributeError), network(registry):
            pass
    assert patched_state() == before


def test_variables_set_inside_are_kept(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AZURE_CLIENT_ID", raising=False)
    with network(registry):
        os.environ["AZURE_CLIENT_ID"] = "mine"
        with network():
            assert os.environ["AZURE_CLIENT_ID"] == "mine"
    assert os.environ.pop("AZURE_CLIENT_ID") == "mine"


def test_identities_of_the_machine_are_absent_inside(registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IDENTITY_ENDPOINT", "AZURE_TOKEN_CREDENTIALS", "MSI_ENDPOINT"):
        monkeypatch.setenv(name, "the machine's")
    with network(registry) as inside:
        assert not {"IDENTITY_ENDPOINT", "AZURE_TOKEN_CREDENTIALS", "MSI_ENDPOINT"} & os.environ.keys()
        assert "MSI_ENDPOINT" not in inside.environment()
    assert os.environ["MSI_ENDPOINT"] == "the machine's"


def test_decorated_generators_run_inside(registry: FakeRegistry) -> None:
    @network(registry)
    def pages() -> Iterator[bytes]:
        yield requests.get(HELLO, timeout=5).content

    @network(registry)
    async def pages_async() -> AsyncIterator[bytes]:
        yield await asyncio.to_thread(lambda: requests.get(HELLO, timeout=5).content)

    async def all_of_them() -> list[bytes]:
        return [page async for page in pages_async()]

    assert list(pages()) == asyncio.run(all_of_them()) == [b"{}"]


def test_two_registries_of_one_name_are_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"different names, found fake\.azurecr\.io twice"):
        network(FakeRegistry(), FakeRegistry())


@pytest.mark.parametrize(
    ("allow", "error"),
    [
        ("example.com", TypeError),
        ([5], TypeError),
        (5, TypeError),
        (["https://example.com"], ValueError),
        (["a b"], ValueError),
        ([""], ValueError),
    ],
)
def test_malformed_allowed_host_is_an_error(allow: list[str], error: type[Exception]) -> None:
    with pytest.raises(error, match="allow: expected"):
        network(allow=allow)


def test_reentered_network_is_the_innermost_again() -> None:
    one, two = (FakeRegistry(Settings(name="same", auth="off")) for _ in range(2))
    first, second = network(one), network(two)
    with first, second, first:
        requests.get("https://same.azurecr.io/v2/", timeout=5)
    assert (len(one.requests), len(two.requests)) == (1, 0)


def started_threads() -> set[threading.Thread]:
    """Return the threads that Python code has started.

    Others, as of a C library in an earlier test, have an entry without an end, which disappears when
    the system gives their number to a new thread.
    """
    dummy = threading._DummyThread
    return {thread for thread in threading.enumerate() if not isinstance(thread, dummy)}


def test_interrupt_while_a_network_is_entered_leaves_nothing() -> None:
    registry = FakeRegistry()
    entered = network(registry)
    with entered:
        pass  # what stays for ever is there now: patches of uvloop, the hook for former hosts
    before = (patched_state(), started_threads())

    interrupts = 0
    for _ in interrupted_calls(entered.__enter__):
        interrupts += 1
        assert (patched_state(), started_threads()) == before
        with pytest.raises(RuntimeError, match="enter it first"):
            _ = entered.ca_file
    assert interrupts > 50

    entered.__exit__(None, None, None)
    assert (patched_state(), started_threads()) == before
