"""What a run against a live registry leaves out: tests that need the fake, each with its reason."""

import pytest

MARKERS = ("acr", "acr_image", "acr_fault")
FIXTURES = ("acr", "acr_clock", "acr_faults", "acr_requests", "acr_server", "acr_network", "acr_environment")


class FakeNeeded:
    """A plugin that is there when the tests run against `endpoint`."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Skip tests that a marker says need the fake, or that take a part of it."""
        for item in items:
            reason = _reason_of(item)
            if reason is not None:
                needed = f"needs the fake, and runs against {self._endpoint}: {reason}"
                item.add_marker(pytest.mark.skip(reason=needed))


def _reason_of(item: pytest.Item) -> str | None:
    said = [str(reason) for marker in item.iter_markers("acr_fake") for reason in (*marker.args, "the marker acr_fake")]
    marked = [f"the marker {name}" for name in MARKERS if item.get_closest_marker(name)]
    fixtures: list[str] = getattr(item, "fixturenames", [])  # a test of another kind than functions has none
    taken = [f"the fixture {name}" for name in FIXTURES if name in fixtures]
    return next(iter((*said, *marked, *taken)), None)
