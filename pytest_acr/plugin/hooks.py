"""The plugin: options, markers, and the fixtures of the registry; `plugin_clients` has those that reach it.

It loads nothing but pytest until a fixture is asked for: every pytest run of everybody who has it installed would pay.
"""

from typing import TYPE_CHECKING
from weakref import WeakSet

import pytest

from pytest_acr.plugin.options import add_options, live_endpoint_of, transport_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fake_registry import Clock, Exchanges, FakeRegistry, ManualClock, Settings
    from fake_registry.http.faults import FaultPlan

pytest_plugins = ("pytest_acr.plugin.client_fixtures",)

_MARKERS = (
    "acr(**settings): change the Settings of this test's registry",
    'acr_image("repository:tag", ..., **options): push images, as FakeRegistry.push_image does, before the test',
    "acr_fault(endpoint, effect, **options): put a Fault in force before the test",
    "acr_fake(reason): this test needs the fake, with --acr-live-endpoint it is skipped",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    for marker in _MARKERS:
        config.addinivalue_line("markers", marker)
    transport_of(config)
    endpoint = live_endpoint_of(config)
    if endpoint is not None:
        from pytest_acr.plugin.skips import FakeNeeded

        config.pluginmanager.register(FakeNeeded(endpoint), "acr_fake_needed")


# the registry


@pytest.fixture
def acr_settings() -> "Settings":
    """The `Settings` of each test's registry. Override it to change them for a folder; the marker `acr` comes after."""
    from fake_registry import Settings

    return Settings()


@pytest.fixture
def acr_clock() -> "ManualClock":
    """The registry's clock, a `ManualClock`: `advance` moves it, and a client's waiting between retries does too."""
    from fake_registry import ManualClock

    return ManualClock()


@pytest.fixture
def acr(request: pytest.FixtureRequest, acr_settings: "Settings", acr_clock: "Clock") -> "FakeRegistry":
    """The fresh `FakeRegistry` of this test: seed it, look into it, make it fail."""
    from fake_registry import FakeRegistry, Fault

    live_endpoint = live_endpoint_of(request.config)
    if live_endpoint is not None:  # a test that asks by `getfixturevalue`: the others are skipped before
        pytest.skip(f"needs the fake, and runs against {live_endpoint}: the fixture acr")
    for marker in _markers(request, "acr"):
        if marker.args:
            raise TypeError(f"the marker acr takes settings by name, not {marker.args!r}")
        acr_settings = acr_settings.evolve(**marker.kwargs)
    registry = FakeRegistry(acr_settings, clock=acr_clock)
    for marker in _markers(request, "acr_image"):
        if not marker.args:
            raise TypeError("the marker acr_image takes names of images, found none")
        for name in marker.args:
            registry.push_image(name, **marker.kwargs)
    for marker in _markers(request, "acr_fault"):
        registry.faults.add(Fault(*marker.args, **marker.kwargs))
    return registry


def _markers(request: pytest.FixtureRequest, name: str) -> list[pytest.Mark]:
    """The markers of this name, the test's own last: it has the last word over its class and module."""
    return list(request.node.iter_markers(name))[::-1]


@pytest.fixture(scope="session")
def make_acr() -> "Iterator[Callable[..., FakeRegistry]]":
    """Factory of further registries, `make_acr(settings=None)`, for copying between two or one per Hypothesis example.

    Each is a context manager; those left open are closed at the end of the session.
    """
    from fake_registry import FakeRegistry, ManualClock

    made: WeakSet[FakeRegistry] = WeakSet()  # weak: one per Hypothesis example would fill the memory

    def make(settings: "Settings | None" = None) -> FakeRegistry:
        registry = FakeRegistry(settings, clock=ManualClock())
        made.add(registry)
        return registry

    yield make
    for registry in made:
        registry.close()


@pytest.fixture
def acr_faults(acr: "FakeRegistry") -> "FaultPlan":
    """The registry's faults: `acr_faults.add(Fault(...))`."""
    return acr.faults


@pytest.fixture
def acr_requests(acr: "FakeRegistry") -> "Exchanges":
    """What clients asked the registry and were answered, live."""
    return acr.requests
