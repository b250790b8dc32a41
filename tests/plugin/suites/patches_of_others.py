"""A test patches the functions of `acr_network`, in each order of fixtures; the next one looks."""

import os
import socket
import ssl
import unittest
from collections.abc import Callable, Iterator
from unittest import mock

import pytest

from pytest_acr import AcrNetwork

PATCHED: list[tuple[object, str]] = [
    (socket, "getaddrinfo"),
    (socket.socket, "connect"),
    (ssl.SSLContext, "wrap_socket"),
]


def state() -> object:
    functions = [(name in vars(holder), getattr(holder, name)) for holder, name in PATCHED]
    variables = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return functions, variables


BEFORE = state()


def wrapper_of(function: Callable[..., object]) -> Callable[..., object]:
    return lambda *args, **options: function(*args, **options)


def patch(monkeypatch: pytest.MonkeyPatch) -> None:
    for holder, name in PATCHED:
        monkeypatch.setattr(holder, name, wrapper_of(getattr(holder, name)))
    monkeypatch.setenv("AZURE_CLIENT_ID", "another")


@pytest.fixture
def patch_before(monkeypatch: pytest.MonkeyPatch) -> None:
    patch(monkeypatch)


@pytest.fixture
def patch_after(acr_network: AcrNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    patch(monkeypatch)


@pytest.fixture
def another_monkeypatch() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield monkeypatch


def test_inside(acr_network: AcrNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    patch(monkeypatch)


def test_before(patch_before: None, acr_network: AcrNetwork) -> None:
    assert state() != BEFORE


def test_after(patch_after: None) -> None:
    assert state() != BEFORE


def test_network_first(acr_network: AcrNetwork, another_monkeypatch: pytest.MonkeyPatch) -> None:
    patch(another_monkeypatch)


def test_network_last(another_monkeypatch: pytest.MonkeyPatch, acr_network: AcrNetwork) -> None:
    patch(another_monkeypatch)


def test_undone_inside(acr_network: AcrNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
    patch(monkeypatch)
    monkeypatch.undo()


class TestCase(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _network(self, acr_network: AcrNetwork) -> None:
        """Run inside the network."""

    def test_cleanup(self) -> None:
        patching = mock.patch("socket.getaddrinfo")
        patching.start()
        self.addCleanup(patching.stop)


@pytest.fixture(autouse=True)
def _nothing_is_left() -> None:
    assert state() == BEFORE


def test_last() -> None:
    assert state() == BEFORE
