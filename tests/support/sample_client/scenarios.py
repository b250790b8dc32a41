"""Scenarios of the sample client: calls to a registry of their own, and the result they must have."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.media_types import DOCKER_MANIFEST
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from pytest_acr import connect
from tests.support.http import registry_of
from tests.support.sample_client.client import SampleClient
from tests.support.sample_client.image import SampleImage

HELLO: Final = "samples/hello"
CREDENTIALS: Final = ("fake", "pass:word")

IMAGE: Final = SampleImage(b'{"os":"linux"}', (b"a layer of two chunks",))
OTHER_IMAGE: Final = SampleImage(b'{"os":"linux"}', (b"another",))
DOCKER_IMAGE: Final = SampleImage(b'{"os":"linux"}', (b"of Docker",), DOCKER_MANIFEST)


def leave_empty(registry: FakeRegistry) -> None:
    """Keep the registry as it is."""


@dataclass(frozen=True, kw_only=True)
class SampleScenario:
    """Calls of a client in a new registry, which requires a login in the profile `acr`."""

    use: Callable[[SampleClient, FakeRegistry], object]
    result: object = None
    prepare: Callable[[FakeRegistry], None] = leave_empty
    settings: Mapping[str, Any] = field(default_factory=dict)

    def registry(self, profile: Profile = "acr") -> FakeRegistry:
        """Return a new registry with the content of the scenario."""
        user, password = CREDENTIALS
        login = {"auth": "token", "admin_user": user, "admin_password": password}
        settings = self.settings if profile == "oci" else {**login, **self.settings}

        registry = registry_of(profile, **settings)
        self.prepare(registry)
        return registry

    def play(self, client_type: type[SampleClient], registry: FakeRegistry) -> object:
        """Let a client make the calls; return their result."""
        with connect(registry) as connection:
            client = client_type(
                connection.session,
                connection.endpoint,
                credentials=CREDENTIALS,
                sleep=registry.clock.wait,
                now=lambda: registry.clock.now() / 1e9,
            )
            return self.use(client, registry)


def seed(registry: FakeRegistry, image: SampleImage, *tags: str) -> None:
    """Store an image under the tags, without a call."""
    for content in image.blobs:
        registry.content.put_blob(RepositoryName(HELLO), digest_of(content), [content])
    manifest = read_manifest(image.manifest, image.media_type)
    registry.content.put_manifest(RepositoryName(HELLO), manifest, tags=[Tag(tag) for tag in tags])


def seed_one(registry: FakeRegistry) -> None:
    """Store an image with three tags."""
    seed(registry, IMAGE, "v1", "v2", "v3")


# the calls


def push(client: SampleClient, _registry: FakeRegistry) -> None:
    client.push(HELLO, IMAGE, "v1", "v2")


def push_other(client: SampleClient, _registry: FakeRegistry) -> None:
    client.push(HELLO, OTHER_IMAGE, "v1")


def pull(client: SampleClient, _registry: FakeRegistry) -> SampleImage:
    return client.pull(HELLO, "v1")


def list_tags(client: SampleClient, _registry: FakeRegistry) -> list[str]:
    return client.tags(HELLO)


def delete(client: SampleClient, _registry: FakeRegistry) -> None:
    client.delete(HELLO, "v1")


PUSH: Final = SampleScenario(use=push)
PUSH_OTHER: Final = SampleScenario(use=push_other, prepare=seed_one)
"""Another image under a tag that is there."""
PULL: Final = SampleScenario(use=pull, result=IMAGE, prepare=seed_one)
LIST: Final = SampleScenario(
    use=list_tags,
    result=["v1", "v2", "v3"],
    prepare=seed_one,
    settings={"default_page_size": 2},
)
DELETE: Final = SampleScenario(use=delete, prepare=seed_one)

SWEPT: Final = {
    "push": PUSH,
    "push other": PUSH_OTHER,
    "pull": PULL,
    "list": LIST,
    "delete": DELETE,
}
"""The scenarios that the correct client survives, whichever call fails."""
