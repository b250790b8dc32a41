"""One way into a registry per test, and the registry."""

from collections.abc import Iterator

import pytest

from fake_registry import FakeRegistry, Settings
from tests.support.ways import WAYS, Get


@pytest.fixture(params=WAYS)
def get(request: pytest.FixtureRequest) -> Get:
    """One of the ways."""
    return WAYS[request.param]


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    """A registry that asks nobody who they are, of a name that somebody may have."""
    with FakeRegistry(Settings(name="myregistry", auth="off")) as registry:
        yield registry
