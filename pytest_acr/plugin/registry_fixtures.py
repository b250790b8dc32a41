"""Fixtures for the fake registry of a test, its settings and its parts."""

from typing import TYPE_CHECKING
from weakref import WeakSet

import pytest

from pytest_acr.plugin.markers import add_marked_faults, marked_settings, push_marked_images
from pytest_acr.plugin.options import LIVE_ENDPOINT, value_of
from pytest_acr.plugin.skips import reason_to_skip
from pytest_acr.plugin.unused_markers import note_registry
from pytest_acr.usage import note_use

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fake_registry import Clock, Exchanges, FakeRegistry, FaultPlan, ManualClock, Settings


@pytest.fixture
def acr_settings() -> "Settings":
    """The `Settings` of each test's registry. Override this fixture to change them for a folder.

    The marker `acr` changes them once more, for a module, class or test.
    """
    from fake_registry import Settings

    return Settings()


@pytest.fixture
def acr_clock() -> "ManualClock":
    """The registry's clock, a `ManualClock`.

    `advance` moves it, and so does a client that waits before it tries again.
    """
    from fake_registry import ManualClock

    return ManualClock()


@pytest.fixture
def acr(
    request: pytest.FixtureRequest,
    acr_settings: "Settings",
    acr_clock: "Clock",
) -> "FakeRegistry":
    """A fresh `FakeRegistry` for this test: seed it, inspect it, add faults to it."""
    __tracebackhide__ = True
    from fake_registry import Clock, FakeRegistry, Settings
    from fake_registry.arguments import check_type

    live_endpoint = value_of(request.config, LIVE_ENDPOINT)
    if live_endpoint is not None:  # a test that names `acr` as an argument was skipped earlier
        pytest.skip(reason_to_skip(live_endpoint, "the fixture acr"))

    check_type("the fixture acr_settings", acr_settings, Settings)
    check_type("the fixture acr_clock", acr_clock, Clock)

    settings = marked_settings(request.node, acr_settings)
    registry = note_use(FakeRegistry(settings, clock=acr_clock))
    push_marked_images(request.node, registry)
    add_marked_faults(request.node, registry)
    note_registry(request.node)
    return registry


@pytest.fixture(scope="session")
def make_acr() -> "Iterator[Callable[..., FakeRegistry]]":
    """Factory of more registries: `make_acr(settings=None)`.

    Use it to copy between two registries, or to have one for each Hypothesis example. Each registry
    is a context manager. Those still open at the end of the session are closed then.
    """
    from fake_registry import FakeRegistry, ManualClock

    made: WeakSet[FakeRegistry] = WeakSet()  # weak: one per example would fill the memory

    def make(settings: "Settings | None" = None) -> FakeRegistry:
        registry = note_use(FakeRegistry(settings, clock=ManualClock()))
        made.add(registry)
        return registry

    yield make

    for registry in made:
        registry.close()


@pytest.fixture
def acr_faults(acr: "FakeRegistry") -> "FaultPlan":
    """The faults of `acr`: `acr_faults.add(Fault(...))`."""
    return acr.faults


@pytest.fixture
def acr_requests(acr: "FakeRegistry") -> "Exchanges":
    """The requests that `acr` has received, with its responses. It grows during the test."""
    return acr.requests
