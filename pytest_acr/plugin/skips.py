"""Which tests a run against a live registry skips, and the reason that it reports for each."""

from typing import Final

import pytest

from pytest_acr.plugin.markers import MARKERS, NEEDS_FAKE, STRICT

_FIXTURES_OF_THE_FAKE: Final = ("acr", "acr_clock", "acr_server")
"""Each fixture that needs the fake is one of these, or requests one of these."""


def skip_tests_that_need_the_fake(items: list[pytest.Item], endpoint: str) -> None:
    """Skip the tests of `items` that need the fake. The reason names the marker or the fixture."""
    for item in items:
        reason = _reason_to_need_the_fake(item)
        if reason is not None:
            skip = pytest.mark.skip(reason=reason_to_skip(endpoint, reason))
            item.add_marker(skip)


def reason_to_skip(endpoint: str, reason: str) -> str:
    """Return the reason of a skip, as pytest reports it."""
    return f"needs the fake, and runs against {endpoint}: {reason}"


def _reason_to_need_the_fake(item: pytest.Item) -> str | None:
    mark = item.get_closest_marker(NEEDS_FAKE.name)
    if mark is not None:
        for reason in (*mark.args, *mark.kwargs.values()):
            return str(reason)

    for marker in MARKERS:
        if marker is not STRICT and item.get_closest_marker(marker.name):
            return f"the marker {marker.name}"

    used: list[str] = getattr(item, "fixturenames", [])  # only test functions have fixtures
    return next((f"the fixture {name}" for name in _FIXTURES_OF_THE_FAKE if name in used), None)
