"""A registry, and the library that a test reaches it with."""

from collections.abc import Iterator

import pytest

from fake_registry import FakeRegistry, Settings
from tests.support.ways import WAYS, Get, ways_by_kind


@pytest.fixture(params=ways_by_kind())
def get(request: pytest.FixtureRequest) -> Get:
    """A request by one library of each kind; by all of them in the exhaustive tier."""
    return WAYS[request.param]


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    """A registry without a login, whose name a real registry may have."""
    with FakeRegistry(Settings(name="myregistry", auth="off")) as registry:
        yield registry
