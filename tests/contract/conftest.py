"""A fresh registry of each backend for the contract suite."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Final

import pytest

from fake_registry.core.registry import Registry
from tests.support.backends import ACR_BACKENDS, BACKENDS, AcrRegistry, Backend, Open
from tests.support.memory import TO_THE_LETTER

EXHAUSTIVE: Final = ("aio-content-client", "http")
"""The backends of the exhaustive tier: others run the same client, or the same server, by default."""

TWO_SOCKETS: Final = "http-remote-http"
"""A slow backend, each of whose parts another backend has."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Move to the exhaustive tier over two sockets: properties, and manifests, which other tests push."""
    for item in items:
        callspec = getattr(item, "callspec", None)
        if callspec is not None and callspec.params.get("backend") == TWO_SOCKETS:
            is_property = getattr(getattr(item, "obj", None), "is_hypothesis_test", False)
            if is_property or item.path.name == "test_manifests.py":
                item.add_marker("exhaustive")


_PARAMS: Final = [pytest.param(name, marks=pytest.mark.exhaustive if name in EXHAUSTIVE else ()) for name in BACKENDS]


@pytest.fixture(scope="session", params=_PARAMS)
def backend(request: pytest.FixtureRequest) -> Backend:
    """One of the backends, to open a registry per Hypothesis example."""
    return BACKENDS[request.param]


@pytest.fixture
def open_registry(backend: Backend) -> Iterator[Open]:
    """Open registries with other settings."""
    with ExitStack() as stack:
        yield lambda settings: stack.enter_context(backend(settings))


@pytest.fixture
def registry(open_registry: Open) -> Registry:
    """A fresh, empty registry that follows the specification to the letter."""
    return open_registry(TO_THE_LETTER)


@pytest.fixture(params=ACR_BACKENDS)
def azure(request: pytest.FixtureRequest) -> Iterator[AcrRegistry]:
    """A fresh, empty registry with ACR's catalogue."""
    with ACR_BACKENDS[request.param](TO_THE_LETTER) as registry:
        yield registry
