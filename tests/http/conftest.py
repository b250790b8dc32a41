"""Registries for the tests of `http`, one per test, in both profiles for a test that takes
`profile`."""

import pytest

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from tests.support.http import CONFIG, LAYER, put_blob, put_image, registry_of


@pytest.fixture(params=["acr", "oci"])
def profile(request: pytest.FixtureRequest) -> Profile:
    """Each profile."""
    chosen: Profile = request.param
    return chosen


@pytest.fixture
def either(profile: Profile) -> FakeRegistry:
    """An empty registry of each profile, without a login."""
    return registry_of(profile)


@pytest.fixture
def azure() -> FakeRegistry:
    """An empty registry that is ACR but for its login."""
    return registry_of("acr")


@pytest.fixture
def oci() -> FakeRegistry:
    """An empty registry that follows the specification to the letter."""
    return registry_of("oci")


@pytest.fixture
def seeded(either: FakeRegistry) -> FakeRegistry:
    """IMAGE under v1 and v2."""
    put_image(either, "samples/hello", "v1", "v2")
    return either


@pytest.fixture
def ready(either: FakeRegistry) -> FakeRegistry:
    """The blobs of IMAGE are there, the manifest is not."""
    put_blob(either, "samples/hello", LAYER, CONFIG)
    return either


@pytest.fixture
def download(profile: Profile) -> str:
    """The endpoint that a blob's bytes come from."""
    return {"acr": "storage.blob", "oci": "blob.get"}[profile]
