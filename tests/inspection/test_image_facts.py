"""Each way of pushing returns an `ImageRef` with the facts that the registry then has."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fake_registry import FakeRegistry, ImageRef
from fake_registry.images import push_index
from fake_registry.remote import RemoteRegistry
from fake_registry.spec import media_types
from fake_registry.spec.names import digest_of
from tests.support.http import registry_of

Push = Callable[[FakeRegistry, Path], ImageRef]


def push_index_of_images(registry: FakeRegistry, folder: Path) -> ImageRef:
    images = [registry.push_image(f"dev/web:{tag}", layers=[tag.encode()]) for tag in ("a", "b")]
    return registry.push_index("dev/web:1.0", manifests=[*images, images[0]])


def push_referrer(registry: FakeRegistry, folder: Path) -> ImageRef:
    subject = registry.push_image("dev/web:1.0")
    return registry.push_artifact("dev/web:1.0", artifact_type="a/b", subject=subject, blobs=[b"x"])


def import_index(registry: FakeRegistry, folder: Path) -> ImageRef:
    source = registry_of()
    source.push_index("dev/web:1.0")
    return registry.import_image(source, "dev/web:1.0")


def load_index(registry: FakeRegistry, folder: Path) -> ImageRef:
    source = registry_of()
    source.push_index("dev/web:1.0")
    [loaded] = registry.load_layout(source.save_layout(folder / "layout"))
    return loaded


def push_over_http(registry: FakeRegistry, folder: Path) -> ImageRef:
    with registry.serve() as server, RemoteRegistry(server.url) as remote:
        return push_index(remote, "dev/web:1.0")


WAYS: dict[str, Push] = {
    "image": lambda registry, _: registry.push_image("dev/web:1.0"),
    "Docker image": lambda registry, _: registry.push_image("dev/web:1.0", media_type=media_types.DOCKER_MANIFEST),
    "image with a layer twice": lambda registry, _: registry.push_image("dev/web:1.0", layers=[b"layer", b"layer"]),
    "index": lambda registry, _: registry.push_index("dev/web:1.0"),
    "index of images": push_index_of_images,
    "empty index": lambda registry, _: registry.push_index("dev/web:1.0", platforms=[]),
    "artifact": lambda registry, _: registry.push_artifact("dev/web:1.0", artifact_type="a/b"),
    "referrer": push_referrer,
    "import": import_index,
    "layout": load_index,
    "over HTTP": push_over_http,
}


@pytest.mark.parametrize("way", WAYS)
def test_returned_image_is_the_one_that_is_found(tmp_path: Path, way: str) -> None:
    registry = registry_of(auth="off")
    returned = WAYS[way](registry, tmp_path)
    found = registry.image("dev/web:1.0")

    assert (returned, returned.size) == (found, found.size)
    assert [(one.digest, one.size) for one in returned.children] == [(one.digest, one.size) for one in found.children]


@pytest.mark.parametrize("way", WAYS)
def test_size_is_the_image_size_of_acr(tmp_path: Path, way: str) -> None:
    registry = registry_of(auth="off")
    image = WAYS[way](registry, tmp_path)
    properties = registry.content.manifest_properties(image.repository, image.digest)

    assert image.size == properties.size


def test_size_of_an_image_is_that_of_all_its_parts() -> None:
    image = registry_of().push_image("dev/web", layers=[b"1234", b"12"], config=b"{}")
    assert image.size == len(image.content) + 4 + 2 + 2


def test_content_has_the_digest() -> None:
    image = registry_of().push_image("dev/web")
    assert digest_of(image.content) == image.digest


def test_descriptor_refers_to_the_manifest() -> None:
    image = registry_of().push_image("dev/web")
    descriptor = image.descriptor

    assert (descriptor.digest, descriptor.size) == (image.digest, len(image.content))
    assert descriptor.media_type == media_types.OCI_MANIFEST


def test_annotations_are_a_copy() -> None:
    registry = registry_of()
    image = registry.push_image("dev/web:1.0", annotations={"team": "web"})
    annotations = image.annotations
    assert isinstance(annotations, dict)
    annotations["team"] = "changed"

    assert registry.image("dev/web:1.0").annotations == {"team": "web"}


def test_image_without_annotations_has_an_empty_mapping() -> None:
    assert registry_of().push_image("dev/web").annotations == {}
