"""The rules of strict mode that the real clients break: the whole set for each client."""

from typing import Any, Final

import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import FakeRegistry
from fake_registry.spec.media_types import OCI_MANIFEST
from tests.support.clients import HELLO, NewContentClient, image_manifest

OF_THE_SDK: Final = {"body-sent-again-after-401", "login-per-call"}


def broken_rules(acr: FakeRegistry) -> set[str]:
    return {broken.rule.name for broken in acr.requests.mistakes()}


def layer_of(client: ContainerRegistryClient) -> str:
    """Pull the image, and return the digest of its first layer."""
    manifest: Any = client.get_manifest(HELLO, "1.0").manifest  # Any: a dict, or None by its type
    digest: str = manifest["layers"][0]["digest"]
    return digest


def test_client_of_the_sdk(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    digest = client.set_manifest(HELLO, image_manifest(client), tag="1.0")
    layer = layer_of(client)
    assert b"".join(client.download_blob(HELLO, layer)) == b"layer"

    assert list(client.list_repository_names()) == [HELLO]
    assert [tag.name for tag in client.list_tag_properties(HELLO)] == ["1.0"]
    assert [one.digest for one in client.list_manifest_properties(HELLO)] == [digest]

    client.delete_tag(HELLO, "1.0")
    client.delete_manifest(HELLO, digest)
    client.delete_blob(HELLO, layer)
    client.delete_repository(HELLO)

    assert broken_rules(acr) == OF_THE_SDK


def test_first_try_of_a_body_is_sent_whole(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """The SDK sends a chunk and a manifest before it logs in, and sends them again."""
    client.set_manifest(HELLO, image_manifest(client), tag="1.0")

    found = [one.mistake for one in acr.requests.mistakes() if one.rule.name == "body-sent-again-after-401"]
    endpoints = [[exchange.endpoint for exchange in mistake.exchanges] for mistake in found]
    assert endpoints == [["upload.chunk"] * 2, ["upload.chunk"] * 2, ["manifest.put"] * 2]


@pytest.mark.acr(auth="anonymous-pull")
@pytest.mark.acr_image(f"{HELLO}:1.0")
def test_anonymous_client_of_the_sdk(acr: FakeRegistry, anonymous: ContainerRegistryClient) -> None:
    assert list(anonymous.list_repository_names()) == [HELLO]
    assert [tag.name for tag in anonymous.list_tag_properties(HELLO)] == ["1.0"]
    assert b"".join(anonymous.download_blob(HELLO, layer_of(anonymous)))

    assert broken_rules(acr) == set()


def test_content_client(acr: FakeRegistry, new_content_client: NewContentClient) -> None:
    client, other = new_content_client(HELLO), new_content_client("samples/there")
    config, layer = client.upload_blob(b"{}"), client.upload_blob(b"layer", chunk_bytes=2)
    described = {"mediaType": "text/plain", "digest": config.digest, "size": 2}
    manifest = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": described, "layers": [described]}
    digest = client.set_manifest(manifest, tag="1.0").digest

    assert client.get_manifest("1.0").digest == digest
    assert client.download_blob_content(layer.digest).content == b"layer"
    assert other.mount_blob(layer.digest, source=HELLO)
    client.delete_manifest(digest)
    client.delete_blob(layer.digest)

    assert broken_rules(acr) == set()
