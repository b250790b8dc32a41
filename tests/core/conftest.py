"""A registry in memory whose clock starts at zero, so that times are whole values in the tests."""

from collections.abc import Callable
from itertools import count

import pytest

from fake_registry.clock import ManualClock
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.state import RepositoryState
from fake_registry.settings import Settings

TO_THE_LETTER = Settings(profile="oci", auth="off")

MakeRegistry = Callable[[Settings], MemoryRegistry]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(start_ns=0)


@pytest.fixture
def make_registry(clock: ManualClock) -> MakeRegistry:
    """Make registries with settings of the test's own, on one clock."""
    numbers = count(1)
    return lambda settings: MemoryRegistry(settings, clock=clock, new_id=lambda: f"upload-{next(numbers)}")


@pytest.fixture
def registry(make_registry: MakeRegistry) -> MemoryRegistry:
    return make_registry(TO_THE_LETTER)


def content_of(registry: MemoryRegistry) -> dict[str, object]:
    """Return all that the registry knows, for comparing: more than a caller can see."""
    states = registry.snapshot().repositories
    return {state.name: _facts_of(state) for state in states} | {"": list(registry.list_repositories().items)}


def _facts_of(state: RepositoryState) -> dict[str, object]:
    indexes = (state.tag_index, state.manifest_index)
    tables = {name: dict(value) for name, value in vars(state).items() if isinstance(value, dict)}
    return {
        "properties": (state.created, state.updated, state.attributes),
        "tables": tables,
        "indexes": [(list(index._by_name), list(index._by_time)) for index in indexes],
    }
