"""The backends that the contract is held against: each a small factory of a context manager."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from itertools import count
from typing import Protocol

import pytest
from hypothesis import settings

from fake_registry.clock import ManualClock
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.registry import AcrCatalog, Registry
from fake_registry.settings import Settings

TO_THE_LETTER = Settings(profile="oci", auth="off")
"""The distribution-spec as it is written, nobody asked who they are."""

A_FEW_EXAMPLES = settings(max_examples=25, deadline=None)
"""For properties: each example opens a registry, which over HTTP starts servers."""


class AcrRegistry(Registry, AcrCatalog, Protocol):
    """A registry that also tells ACR's metadata."""


Backend = Callable[[Settings], AbstractContextManager[Registry]]
AcrBackend = Callable[[Settings], AbstractContextManager[AcrRegistry]]
Open = Callable[[Settings], Registry]
"""Opens a registry that is closed at the end of the test."""


@contextmanager
def memory(settings: Settings) -> Iterator[MemoryRegistry]:
    numbers = count(1)
    yield MemoryRegistry(settings, clock=ManualClock(), new_id=lambda: f"00000000-0000-4000-8000-{next(numbers):012}")


BACKENDS: dict[str, Backend] = {"memory": memory}
ACR_BACKENDS: dict[str, AcrBackend] = {"memory": memory}


@pytest.fixture(scope="session", params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Backend:
    """One of the backends, to open a registry per Hypothesis example."""
    return BACKENDS[request.param]


@pytest.fixture
def open_registry(backend: Backend) -> Iterator[Open]:
    """Open registries with settings of the test's own."""
    with ExitStack() as stack:
        yield lambda settings: stack.enter_context(backend(settings))


@pytest.fixture
def registry(open_registry: Open) -> Registry:
    """A fresh, empty registry that follows the specification to the letter."""
    return open_registry(TO_THE_LETTER)


@pytest.fixture(params=ACR_BACKENDS)
def acr(request: pytest.FixtureRequest) -> Iterator[AcrRegistry]:
    """A fresh, empty registry with ACR's catalogue."""
    with ACR_BACKENDS[request.param](TO_THE_LETTER) as registry:
        yield registry
