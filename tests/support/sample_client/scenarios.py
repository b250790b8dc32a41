"""Scenarios of the sample client: calls to a registry of their own, and their right result."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, Final

from fake_registry import Disconnect, FakeRegistry, Fault, MoveTag, Refuse
from fake_registry.http.call import Call
from fake_registry.settings import Profile
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.media_types import DOCKER_MANIFEST
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from pytest_acr import connect
from tests.support.http import registry_of
from tests.support.sample_client.client import SampleClient
from tests.support.sample_client.image import SampleImage

HELLO: Final = "samples/hello"
HOUR_SECONDS: Final = 3_600.0
LOOKS: Final = 30
"""After how many looks a tag comes that a client waits for."""

CREDENTIALS: Final = ("fake", "pass:word")

IMAGE: Final = SampleImage(b'{"os":"linux"}', (b"a layer of two chunks",))
OTHER_IMAGE: Final = SampleImage(b'{"os":"linux"}', (b"another",))
IMAGE_OF_LAYERS: Final = SampleImage(b'{"os":"linux"}', (b"1", b"2", b"3", b"4"))
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


def seed(
    registry: FakeRegistry,
    image: SampleImage,
    *tags: str,
    repository: str = HELLO,
) -> None:
    """Store an image under the tags, without a call."""
    name = RepositoryName(repository)
    for content in image.blobs:
        registry.content.put_blob(name, digest_of(content), [content])
    manifest = read_manifest(image.manifest, image.media_type)
    registry.content.put_manifest(name, manifest, tags=[Tag(tag) for tag in tags])


def seed_one(registry: FakeRegistry) -> None:
    """Store an image with three tags."""
    seed(registry, IMAGE, "v1", "v2", "v3")


def seed_many(registry: FakeRegistry) -> None:
    """Store an image in several repositories."""
    for repository in (HELLO, "samples/other", "third"):
        seed(registry, IMAGE, "v1", repository=repository)


def seed_and_move(registry: FakeRegistry) -> None:
    """Store two images; another client moves the tag of one after it was read."""
    seed(registry, IMAGE, "v1")
    seed(registry, OTHER_IMAGE, "v2")
    registry.faults.add(Fault("manifest.head", MoveTag("v2"), times=1))


def lose_answers_of(endpoint: str) -> Callable[[FakeRegistry], None]:
    """Return what lets the answer to one call be lost."""

    def lose(registry: FakeRegistry) -> None:
        registry.faults.add(Fault(endpoint, Disconnect(), when="after", times=1))

    return lose


# the calls


def push(client: SampleClient, _registry: FakeRegistry) -> None:
    client.push(HELLO, IMAGE, "v1", "v2")


def push_other(client: SampleClient, _registry: FakeRegistry) -> None:
    client.push(HELLO, OTHER_IMAGE, "v1")


def pull(client: SampleClient, _registry: FakeRegistry) -> SampleImage:
    return client.pull(HELLO, "v1")


def read_manifest_bytes(client: SampleClient, _registry: FakeRegistry) -> bytes:
    return client.manifest(HELLO, "v1").body


def list_tags(client: SampleClient, _registry: FakeRegistry) -> list[str]:
    return client.tags(HELLO)


def delete(client: SampleClient, _registry: FakeRegistry) -> None:
    client.delete(HELLO, "v1")


def push_twice(client: SampleClient, _registry: FakeRegistry) -> None:
    client.push(HELLO, IMAGE, "v1")
    client.push(HELLO, IMAGE, "v2")


def pull_and_push(client: SampleClient, registry: FakeRegistry) -> None:
    pull(client, registry)
    client.push(HELLO, IMAGE, "v4")


def push_rest_and_pull(client: SampleClient, registry: FakeRegistry) -> SampleImage:
    """Rest for longer than a token is valid."""
    push(client, registry)
    registry.clock.wait(2 * HOUR_SECONDS)
    push(client, registry)
    return pull(client, registry)


def add_layer(client: SampleClient, _registry: FakeRegistry) -> SampleImage:
    client.add_layer(HELLO, "v1", b"one more")
    return client.pull(HELLO, "v1")


def find_and_pull(client: SampleClient, registry: FakeRegistry) -> SampleImage | None:
    return pull(client, registry) if client.has_repository(HELLO) else None


def wait_for_tag(client: SampleClient, registry: FakeRegistry) -> str:
    """Wait for a tag that another client pushes."""
    looks = count(1)

    def look(_call: Call) -> bool:
        if next(looks) == LOOKS:
            seed(registry, IMAGE, "v1")
        return False

    registry.faults.add(Fault("manifest.head", Disconnect(), where=look, optional=True))
    return client.wait_for(HELLO, "v1")


def refuse_chunks(registry: FakeRegistry) -> None:
    registry.faults.add(Fault("upload.chunk", Refuse(503)))


PUSH: Final = SampleScenario(use=push)
PUSH_OTHER: Final = SampleScenario(use=push_other, prepare=seed_one)
"""Another image under a tag that is there."""
PULL: Final = SampleScenario(use=pull, result=IMAGE, prepare=seed_one)
READ: Final = SampleScenario(use=read_manifest_bytes, result=IMAGE.manifest, prepare=seed_one)
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
    "read": READ,
    "list": LIST,
    "delete": DELETE,
}
"""The scenarios that the correct client survives, whichever call fails."""

PUSH_TWICE: Final = SampleScenario(use=push_twice)
PULL_AND_PUSH: Final = SampleScenario(use=pull_and_push, prepare=seed_one)
PUSH_REST_AND_PULL: Final = SampleScenario(use=push_rest_and_pull, result=IMAGE)
FAILED_PUSH: Final = SampleScenario(use=push, prepare=refuse_chunks)
"""No attempt succeeds: the client raises its error."""
PULL_OF_DOCKER: Final = SampleScenario(
    use=pull,
    result=DOCKER_IMAGE,
    prepare=lambda registry: seed(registry, DOCKER_IMAGE, "v1"),
    settings={"accept_enforced": False},
)
PULL_OF_LAYERS: Final = SampleScenario(
    use=pull,
    result=IMAGE_OF_LAYERS,
    prepare=lambda registry: seed(registry, IMAGE_OF_LAYERS, "v1"),
)
ADD_LAYER: Final = SampleScenario(
    use=add_layer,
    result=replace(OTHER_IMAGE, layers=(*OTHER_IMAGE.layers, b"one more")),
    prepare=seed_and_move,
)
FIND: Final = SampleScenario(
    use=find_and_pull,
    result=IMAGE,
    prepare=seed_many,
    settings={"default_page_size": 1},
)
LOST_CHUNK: Final = SampleScenario(use=push, prepare=lose_answers_of("upload.chunk"))
LOST_END: Final = SampleScenario(use=push, prepare=lose_answers_of("upload.finish"))
WAIT: Final = SampleScenario(use=wait_for_tag, result=IMAGE.digest)

WATCHED: Final = {
    **SWEPT,
    "push twice": PUSH_TWICE,
    "pull and push": PULL_AND_PUSH,
    "push, rest and pull": PUSH_REST_AND_PULL,
    "failed push": FAILED_PUSH,
    "pull of Docker": PULL_OF_DOCKER,
    "pull of layers": PULL_OF_LAYERS,
    "add layer": ADD_LAYER,
    "lost chunk": LOST_CHUNK,
    "lost end": LOST_END,
    "find": FIND,
    "wait": WAIT,
}
"""The scenarios in which the correct client breaks no rule."""
