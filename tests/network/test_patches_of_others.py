"""Other code patches the same functions and variables: nothing of a network stays afterwards."""

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from types import ModuleType
from unittest import mock

import pytest
import requests

from fake_registry import FakeRegistry
from pytest_acr import network
from pytest_acr.interception.hosts import INTERCEPTION, Interception
from pytest_acr.interception.patching import Patch
from tests.support.patched import patched_functions, patched_state
from tests.support.products import cross

HELLO = "https://myregistry.azurecr.io/v2/"

OtherPatch = Callable[[], AbstractContextManager[object]]


PATCHED = (
    (socket, "getaddrinfo"),
    (socket.socket, "connect"),
    (ssl.SSLContext, "wrap_socket"),
    (ssl.SSLContext, "load_default_certs"),
)


def wrapper_of(function: Callable[..., object]) -> Callable[..., object]:
    return lambda *args, **options: function(*args, **options)


@contextmanager
def by_monkeypatch() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        for holder, name in PATCHED:
            monkeypatch.setattr(holder, name, wrapper_of(getattr(holder, name)))
        monkeypatch.setenv("AZURE_CLIENT_ID", "another")
        monkeypatch.delenv("NO_PROXY", raising=False)
        yield


@contextmanager
def by_mock() -> Iterator[None]:
    with ExitStack() as patches:
        for holder, name in PATCHED:
            patches.enter_context(mock.patch.object(holder, name, wrapper_of(getattr(holder, name))))
        patches.enter_context(mock.patch.dict(os.environ, {"AZURE_CLIENT_ID": "another", "no_proxy": ""}))
        yield


OTHERS = {"monkeypatch": by_monkeypatch, "mock": by_mock}


@pytest.fixture
def _environment() -> Iterator[None]:
    """Restores the environment: texts do not say who has set them, and two networks set the same."""
    with mock.patch.dict(os.environ):
        yield


@cross({"other": OTHERS, "networks": [1, 2]})
def test_other_patch_set_inside_and_removed_outside(registry: FakeRegistry, other: OtherPatch, networks: int) -> None:
    before = patched_state()

    with ExitStack() as patches, ExitStack() as nested:
        for _ in range(networks):
            nested.enter_context(network(registry))
        patches.enter_context(other())
    INTERCEPTION.tidy()

    assert patched_state() == before


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_other_patch_set_outside_and_removed_inside(registry: FakeRegistry, other: OtherPatch) -> None:
    before = patched_state()

    with ExitStack() as networks, other():
        networks.enter_context(network(registry))
    INTERCEPTION.tidy()

    assert patched_state() == before


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_other_patch_that_covers_two_networks(registry: FakeRegistry, other: OtherPatch) -> None:
    before = patched_functions()

    first = network(registry)
    first.__enter__()
    with other():
        first.__exit__(None, None, None)
        second = network(registry)
        second.__enter__()
    second.__exit__(None, None, None)
    INTERCEPTION.tidy()

    assert patched_functions() == before


def test_other_patch_set_in_a_thread(registry: FakeRegistry) -> None:
    before = patched_state()
    is_set, is_left = threading.Event(), threading.Event()

    def patch() -> None:
        with by_monkeypatch():
            is_set.set()
            assert is_left.wait(5)

    patching = threading.Thread(target=patch)
    with network(registry):
        patching.start()
        assert is_set.wait(5)
    is_left.set()
    patching.join()
    INTERCEPTION.tidy()

    assert patched_state() == before


def test_other_patch_of_a_module_leaves_nothing_as_soon_as_it_is_removed(
    registry: FakeRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = patched_functions()
    patching = mock.patch("socket.getaddrinfo")
    for _ in range(2):
        with network(registry), network(registry):
            patching.start()
            monkeypatch.setattr(socket, "gethostbyname", wrapper_of(socket.gethostbyname))
        patching.stop()
        monkeypatch.undo()

        assert patched_functions() == before


def test_module_is_watched_only_while_a_patch_is_covered() -> None:
    module = ModuleType("planted")
    vars(module)["resolve"] = len
    patch = Patch(module, "resolve", lambda _interceptor, original: wrapper_of(original))
    before = dict(vars(module))

    remove = Interception()._patches.install([patch])
    other = mock.patch.object(module, "resolve")
    other.start()
    remove()
    assert type(module) is not ModuleType
    other.stop()

    assert type(module) is ModuleType
    assert vars(module) == before


@pytest.mark.parametrize("networks", [1, 2])
def test_other_patch_that_stays_is_kept(registry: FakeRegistry, networks: int) -> None:
    before = patched_functions()
    other = wrapper_of(socket.getaddrinfo)
    with mock.patch("socket.getaddrinfo"):
        for _ in range(networks):
            with network(registry):
                setattr(socket, "getaddrinfo", other)  # noqa: B010  mypy knows the type
            INTERCEPTION.tidy()
            assert socket.getaddrinfo is other
    assert patched_functions() == before


def test_covered_method_is_removed_when_it_is_called(registry: FakeRegistry) -> None:
    """Outside pytest no hook runs at the end of a test."""
    before = patched_functions()
    with ExitStack() as patches, network(registry):
        for name in ("wrap_socket", "load_default_certs"):
            patches.enter_context(mock.patch.object(ssl.SSLContext, name))
    assert patched_functions() != before

    ssl.create_default_context()

    assert patched_functions() == before


def test_patches_of_others_do_not_pile_up(registry: FakeRegistry) -> None:
    original = socket.getaddrinfo
    for _ in range(3):
        with network(registry):
            ours = socket.getaddrinfo
            socket.getaddrinfo = partial(ours)
        socket.getaddrinfo = ours

    with network(registry):
        assert requests.get(HELLO, timeout=5).ok

    assert socket.getaddrinfo is original
