"""Two registries, and the first of them over HTTP as well."""

from collections.abc import Iterator

import pytest

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.remote import RemoteRegistry


@pytest.fixture
def source() -> FakeRegistry:
    return FakeRegistry(Settings(name="source", auth="off", blob_redirect=False), clock=ManualClock())


@pytest.fixture
def target() -> FakeRegistry:
    return FakeRegistry(Settings(name="target", auth="off"), clock=ManualClock())


@pytest.fixture
def remote(source: FakeRegistry) -> Iterator[RemoteRegistry]:
    """The source over HTTP."""
    with source.serve() as server, RemoteRegistry(server.url) as remote:
        yield remote
