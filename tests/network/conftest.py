"""A registry, and the library that a test reaches it with."""

from collections.abc import Iterator

import pytest

from fake_registry import FakeRegistry, Settings
from tests.support.ways import WAYS, Get


@pytest.fixture(params=WAYS)
def get(request: pytest.FixtureRequest) -> Get:
    """A request by each of the libraries in turn."""
    return WAYS[request.param]


@pytest.fixture
def registry() -> Iterator[FakeRegistry]:
    """A registry without a login, whose name a real registry may have."""
    with FakeRegistry(Settings(name="myregistry", auth="off")) as registry:
        yield registry
