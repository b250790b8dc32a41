"""A registry in memory whose clock starts at zero, so that times are whole values in the tests."""

from itertools import count

import pytest

from fake_registry.clock import ManualClock
from fake_registry.core.memory import MemoryRegistry
from tests.support.memory import TO_THE_LETTER, MakeRegistry


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(0)


@pytest.fixture
def make_registry(clock: ManualClock) -> MakeRegistry:
    """Make registries with other settings, on one clock."""
    numbers = count(1)
    return lambda settings: MemoryRegistry(settings, clock=clock, new_id=lambda: f"upload-{next(numbers)}")


@pytest.fixture
def registry(make_registry: MakeRegistry) -> MemoryRegistry:
    return make_registry(TO_THE_LETTER)
