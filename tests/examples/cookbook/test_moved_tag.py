from collections.abc import Callable

import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry, Fault, MoveTag
from pytest_acr import ContainerRegistryContentClient


class TagHasMovedError(Exception):
    """Another push gave the tag to another image."""


def deploy(client: ContainerRegistryClient, repository: str, tag: str) -> str:
    """The code under test: it resolves the tag once, and uses the digest for all that follows."""
    properties = client.get_tag_properties(repository, tag)
    return str(client.get_manifest(repository, properties.digest).digest)


def promote(client: ContainerRegistryContentClient, source: str, tag: str, *, expected: str) -> None:
    """The code under test: a registry has no compare-and-swap, so it looks right before the push."""
    image = client.get_manifest(source)
    if client.get_manifest(tag).digest != expected:
        raise TagHasMovedError(tag)
    client.set_manifest(image.content, tag=tag, media_type=image.media_type)


def test_image_that_was_looked_up_is_deployed(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> None:
    image = acr.push_image("samples/hello:1.0", layers=[b"first"])
    acr.faults.add(Fault("acr.tag.get", MoveTag(), times=1))

    assert deploy(acr_client, "samples/hello", "1.0") == image.digest
    assert acr.image("samples/hello:1.0").digest != image.digest
    acr.requests.assert_pulled(str(image), times=1)


def test_push_of_another_job_is_not_overwritten(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    first = acr.push_image("samples/hello:stable", layers=[b"first"])
    hotfix = acr.push_image("samples/hello:hotfix", layers=[b"hotfix"])
    acr.push_image("samples/hello:build", layers=[b"build"])
    acr.faults.add(Fault("manifest.get", MoveTag("hotfix"), when="before", reference="stable"))

    with pytest.raises(TagHasMovedError):
        promote(acr_content_client("samples/hello"), "build", "stable", expected=first.digest)

    assert acr.image("samples/hello:stable").digest == hotfix.digest
    acr.requests.assert_not_pushed("samples/hello")


def test_push_between_the_look_and_the_push_is_lost(
    acr: FakeRegistry, acr_content_client: Callable[[str], ContainerRegistryContentClient]
) -> None:
    first = acr.push_image("samples/hello:stable", layers=[b"first"])
    build = acr.push_image("samples/hello:build", layers=[b"build"])
    acr.faults.add(Fault("manifest.get", MoveTag(), when="after", reference="stable"))

    promote(acr_content_client("samples/hello"), "build", "stable", expected=first.digest)

    assert acr.image("samples/hello:stable").digest == build.digest
    lost = set(acr.digests("samples/hello")) - {first.digest, build.digest}
    assert len(lost) == 1  # the image of another job, to which no tag leads
