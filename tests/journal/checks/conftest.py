"""A client of a registry without login."""

from collections.abc import Iterator

import pytest

from tests.support.small_clients import SmallClient, client_of


@pytest.fixture
def client() -> Iterator[SmallClient]:
    """A client that breaks rules only where a test says so."""
    with client_of() as client:
        yield client
