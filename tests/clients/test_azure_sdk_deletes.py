"""Deleting through the Azure SDK's clients: tags, manifests, repositories, and absent items."""

import pytest
from azure.containerregistry import ContainerRegistryClient
from azure.core.exceptions import ResourceNotFoundError

from fake_registry import FakeRegistry
from tests.support.clients import HELLO, NOWHERE, UNKNOWN_DIGEST, endpoints, every_transport, repositories, with_tls


def tags(client: ContainerRegistryClient, repository: str = HELLO) -> list[str]:
    return [tag.name for tag in client.list_tag_properties(repository)]


def digests(client: ContainerRegistryClient, repository: str = HELLO) -> list[str]:
    return [manifest.digest for manifest in client.list_manifest_properties(repository)]


@with_tls
def test_deleting_a_tag_keeps_the_manifest(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    image = acr.push_image(f"{HELLO}:v1", layers=[b"same"])
    acr.push_image(f"{HELLO}:v2", layers=[b"same"])
    client.delete_tag(HELLO, "v1")

    assert (tags(client), digests(client)) == (["v2"], [image.digest])
    acr.requests.one(endpoint="acr.tag.delete", status=202)


@every_transport
def test_deleting_by_digest_removes_every_tag(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    image = acr.push_image(f"{HELLO}:v1", layers=[b"same"])
    acr.push_image(f"{HELLO}:v2", layers=[b"same"])
    other = acr.push_image(f"{HELLO}:other")
    client.delete_manifest(HELLO, image.digest)

    assert (tags(client), digests(client)) == (["other"], [other.digest])


def test_deleting_by_tag_resolves_it_and_removes_every_tag(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.2: a tag where a digest is needed is first looked up with GET /acr/v1/N/_tags/T."""
    acr.push_image(f"{HELLO}:v1", layers=[b"same"])
    acr.push_image(f"{HELLO}:v2", layers=[b"same"])
    other = acr.push_image(f"{HELLO}:other")
    client.delete_manifest(HELLO, "v1")

    assert endpoints(acr) == ["acr.tag.get", "acr.tag.get", "manifest.delete", "manifest.delete"]
    assert (tags(client), digests(client)) == (["other"], [other.digest])


@every_transport
def test_deleting_a_repository_removes_its_content(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    acr.push_index(f"{HELLO}:multi")
    acr.push_image(f"{HELLO}:v1")
    acr.push_image("samples/kept:v1")
    client.delete_repository(HELLO)

    assert list(client.list_repository_names()) == repositories(acr) == ["samples/kept"]
    with pytest.raises(ResourceNotFoundError):
        client.get_repository_properties(HELLO)


def test_repository_is_removed_with_its_last_manifest(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    image = acr.push_image(f"{HELLO}:v1")
    client.delete_manifest(HELLO, image.digest)
    assert list(client.list_repository_names()) == []


@pytest.mark.parametrize("repository", [HELLO, NOWHERE])
def test_deleting_absent_items_succeeds(acr: FakeRegistry, client: ContainerRegistryClient, repository: str) -> None:
    """acr-behaviour 15.1: the service answers 404. azure-sdk-quirks: a silent success."""
    acr.push_image(f"{HELLO}:v1")
    client.delete_tag(repository, "v9")
    client.delete_manifest(repository, UNKNOWN_DIGEST)
    client.delete_blob(repository, UNKNOWN_DIGEST)
    client.delete_repository(NOWHERE)

    assert [exchange.errors for exchange in acr.requests.where(status=404)] == [
        ("TAG_UNKNOWN",),
        ("MANIFEST_UNKNOWN",),
        ("BLOB_UNKNOWN",),
        ("NAME_UNKNOWN",),
    ]
    assert tags(client) == ["v1"]


@every_transport
def test_manifest_by_an_unknown_tag_is_not_found(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: delete_manifest by tag looks the tag up first, and that lookup raises."""
    acr.push_image(f"{HELLO}:v1")

    for repository in (HELLO, NOWHERE):
        with pytest.raises(ResourceNotFoundError, match="the specified tag does not exist"):
            client.delete_manifest(repository, "v9")
    acr.requests.assert_none(endpoint="manifest.delete")


def test_blobs_can_be_deleted_before_their_manifest(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, sample_set_get_image: the manifest is then still read and deleted by digest."""
    image = acr.push_image(f"{HELLO}:v1", layers=[b"layer"])

    assert image.config is not None

    for blob in (image.config, *image.layers):
        client.delete_blob(HELLO, blob.digest)
    assert len(acr.requests.where(endpoint="blob.delete", status=202)) == 2
    assert client.get_manifest(HELLO, "v1").digest == image.digest

    client.delete_manifest(HELLO, image.digest)
    assert repositories(acr) == []


def test_repository_without_tags_can_be_listed_and_deleted(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, test_list_in_empty_repo: `"tags":null`, manifests as ever, DELETE works."""
    image = acr.push_image(f"{HELLO}:v1")
    client.delete_tag(HELLO, "v1")

    assert (tags(client), digests(client)) == ([], [image.digest])

    client.delete_repository(HELLO)
    assert repositories(acr) == []
