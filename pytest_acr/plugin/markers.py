"""The markers of the plugin: their names and help texts, and the functions that apply them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from fake_registry import FakeRegistry, Settings


@dataclass(frozen=True, kw_only=True)
class Marker:
    """A marker, as `pytest --markers` lists it."""

    name: str
    accepts: str
    """The arguments, as in a signature. Without a colon: pytest cuts the text at the first one."""
    help: str

    @property
    def text(self) -> str:
        """The line for pytest's ini option `markers`."""
        return f"{self.name}({self.accepts}): {self.help}"


SETTINGS: Final = Marker(
    name="acr",
    accepts="**settings",
    help="change the Settings of this test's registry",
)

IMAGES: Final = Marker(
    name="acr_image",
    accepts="*names, **options",
    help='push images, such as "samples/hello:1.0", with the options of FakeRegistry.push_image',
)

FAULT: Final = Marker(
    name="acr_fault",
    accepts="endpoint, effect, **options",
    help="add a Fault with these arguments to this test's registry",
)

NEEDS_FAKE: Final = Marker(
    name="acr_fake",
    accepts="reason",
    help="skip this test in a run with --acr-live-endpoint, because it needs the fake",
)

MARKERS: Final = (SETTINGS, IMAGES, FAULT, NEEDS_FAKE)


def marked_settings(item: pytest.Item, settings: "Settings") -> "Settings":
    """Return `settings` as the markers of `item` change them. TypeError for a positional one."""
    for mark in _marks(item, SETTINGS):
        if mark.args:
            expected = "settings as keyword arguments"
            raise TypeError(f"the marker acr expects {expected}, found {mark.args!r}")
        settings = settings.evolve(**mark.kwargs)
    return settings


def push_marked_images(item: pytest.Item, registry: "FakeRegistry") -> None:
    """Push the images of the markers of `item`. TypeError for a marker without an image."""
    for mark in _marks(item, IMAGES):
        if not mark.args:
            raise TypeError("the marker acr_image expects at least one image name, found none")
        for name in mark.args:
            registry.push_image(name, **mark.kwargs)


def add_marked_faults(item: pytest.Item, registry: "FakeRegistry") -> None:
    """Add the faults of the markers of `item`, in their order from module to test."""
    from fake_registry import Fault

    for mark in _marks(item, FAULT):
        registry.faults.add(Fault(*mark.args, **mark.kwargs))


def _marks(item: pytest.Item, marker: Marker) -> Iterator[pytest.Mark]:
    """Yield the marks of `item` from module to test, so that the test's own are applied last."""
    return reversed(list(item.iter_markers(marker.name)))
