"""Manifests through the Azure SDK's clients: set_manifest, get_manifest."""

import io
import json

import pytest
from azure.containerregistry import ContainerRegistryClient, DigestValidationError
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError

from fake_registry import Corrupt, FakeRegistry, Fault
from tests.support.clients import (
    DOCKER_LIST,
    DOCKER_MANIFEST,
    HELLO,
    NOWHERE,
    OCI_INDEX,
    OCI_MANIFEST,
    UNKNOWN_DIGEST,
    JsonObject,
    digest_of,
    every_transport,
    image_manifest,
    upload,
    with_tls,
)


def bytes_of(manifest: JsonObject) -> bytes:
    return json.dumps(manifest).encode()


@with_tls
@pytest.mark.parametrize("media_type", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_image_is_returned_by_tag_and_by_digest(client: ContainerRegistryClient, media_type: str) -> None:
    manifest = image_manifest(client, docker=media_type == DOCKER_MANIFEST)
    digest = client.set_manifest(HELLO, manifest, tag="v1", media_type=media_type)

    assert digest == digest_of(bytes_of(manifest))
    for reference in ("v1", digest):
        assert vars(client.get_manifest(HELLO, reference)) == {
            "manifest": manifest,
            "media_type": media_type,
            "digest": digest,
        }


def test_manifest_without_a_tag_is_put_by_its_digest(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    digest = client.set_manifest(HELLO, image_manifest(client))

    assert acr.requests.one(endpoint="manifest.put", status=201).reference == digest
    assert list(client.list_tag_properties(HELLO)) == []
    assert client.get_manifest(HELLO, digest).digest == digest


def test_manifest_of_a_stream_keeps_its_bytes(client: ContainerRegistryClient) -> None:
    """azure-sdk-quirks: a dict is dumped with json.dumps; digests are of bytes, never of JSON values."""
    manifest = image_manifest(client)
    content = json.dumps(manifest, indent=3, separators=(",", ":")).encode()
    digest = client.set_manifest(HELLO, io.BytesIO(content), tag="v1")

    assert digest == digest_of(content) != digest_of(bytes_of(manifest))
    assert client.get_manifest(HELLO, "v1").manifest == manifest


@pytest.mark.parametrize(("index_type", "image_type"), [(OCI_INDEX, OCI_MANIFEST), (DOCKER_LIST, DOCKER_MANIFEST)])
def test_index_is_returned(client: ContainerRegistryClient, index_type: str, image_type: str) -> None:
    image = image_manifest(client, docker=image_type == DOCKER_MANIFEST)
    child = client.set_manifest(HELLO, image, media_type=image_type)
    platform = {"architecture": "arm64", "os": "linux"}
    entry = {"mediaType": image_type, "digest": child, "size": len(bytes_of(image)), "platform": platform}
    index = {"schemaVersion": 2, "mediaType": index_type, "manifests": [entry]}
    digest = client.set_manifest(HELLO, index, tag="multi", media_type=index_type)
    found = client.get_manifest(HELLO, "multi")

    assert (found.manifest, found.media_type, found.digest) == (index, index_type, digest)


def test_index_of_a_missing_image_is_refused(client: ContainerRegistryClient) -> None:
    entry = {"mediaType": OCI_MANIFEST, "digest": UNKNOWN_DIGEST, "size": 7}

    with pytest.raises(HttpResponseError, match="MANIFEST_BLOB_UNKNOWN") as caught:
        client.set_manifest(HELLO, {"schemaVersion": 2, "manifests": [entry]}, media_type=OCI_INDEX)
    assert caught.value.status_code == 400


def test_image_with_a_missing_layer_is_refused(acr: FakeRegistry, client: ContainerRegistryClient) -> None:
    manifest = image_manifest(client) | {"layers": [{"mediaType": "x/y", "digest": UNKNOWN_DIGEST, "size": 7}]}

    with pytest.raises(HttpResponseError, match="blob unknown to registry") as caught:
        client.set_manifest(HELLO, manifest, tag="v1")
    assert caught.value.status_code == 400
    assert acr.requests.one(endpoint="manifest.put", status=400).errors == ("MANIFEST_BLOB_UNKNOWN",)
    with pytest.raises(ResourceNotFoundError):
        client.get_manifest(HELLO, "v1")


def test_any_config_and_layer_types_are_accepted(client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, sample_set_get_image: config media types are free."""
    manifest = image_manifest(client)
    manifest["config"] = {
        "mediaType": "application/vnd.acme.rocket.config",
        "digest": upload(client, b"cfg"),
        "size": 3,
    }
    manifest["layers"] = [{"mediaType": "application/vnd.acme.fuel", "digest": upload(client, b"fuel"), "size": 4}]
    client.set_manifest(HELLO, manifest, tag="v1")

    assert client.get_manifest(HELLO, "v1").manifest == manifest


def test_image_without_media_type_and_with_a_config_without_size(client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, import_image and sample_set_get_image: both are taken; the samples write `sizeInBytes`."""
    manifest = image_manifest(client)
    del manifest["mediaType"]
    config = {"mediaType": "application/vnd.acme.rocket.config", "digest": upload(client, b"{}"), "sizeInBytes": 2}
    manifest["config"] = config
    client.set_manifest(HELLO, manifest, tag="v1")
    found = client.get_manifest(HELLO, "v1")

    assert (found.manifest, found.media_type) == (manifest, OCI_MANIFEST)


@every_transport
@pytest.mark.parametrize(("docker", "put_as"), [(False, DOCKER_MANIFEST), (True, OCI_MANIFEST)])
def test_body_of_the_other_type_is_refused(
    acr: FakeRegistry,
    client: ContainerRegistryClient,
    docker: bool,  # noqa: FBT001  a parameter of the test
    put_as: str,
) -> None:
    """acr-behaviour 15.3, test_set_oci_manifest, test_set_docker_manifest: mediaType in the body must agree."""
    with pytest.raises(HttpResponseError, match="manifest invalid") as caught:
        client.set_manifest(HELLO, image_manifest(client, docker=docker), tag="v1", media_type=put_as)
    assert caught.value.status_code == 400
    assert acr.requests.one(endpoint="manifest.put", status=400).errors == ("MANIFEST_INVALID",)


def test_docker_image_needs_its_media_type_in_the_body(client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, CanSetDockerManifest."""
    manifest = image_manifest(client, docker=True)
    del manifest["mediaType"]

    with pytest.raises(HttpResponseError, match="manifest invalid"):
        client.set_manifest(HELLO, manifest, tag="v1", media_type=DOCKER_MANIFEST)


def test_malformed_manifest_is_refused(client: ContainerRegistryClient) -> None:
    with pytest.raises(HttpResponseError, match="manifest invalid") as caught:
        client.set_manifest(HELLO, io.BytesIO(b"not JSON"), tag="v1")
    assert caught.value.status_code == 400


def test_digest_of_other_bytes_is_refused(client: ContainerRegistryClient) -> None:
    """acr-behaviour 9.2: a digest reference equals the body's digest, else 400 DIGEST_INVALID. The client takes any
    text as the tag."""
    manifest = image_manifest(client)

    with pytest.raises(HttpResponseError, match="provided digest did not match uploaded content") as caught:
        client.set_manifest(HELLO, manifest, tag=UNKNOWN_DIGEST)
    assert caught.value.status_code == 400


@pytest.mark.parametrize("reference", ["v1", None], ids=["by tag", "by digest"])
def test_damaged_manifest_fails_the_clients_digest_check(
    acr: FakeRegistry, client: ContainerRegistryClient, reference: str | None
) -> None:
    manifest = image_manifest(client)
    digest = client.set_manifest(HELLO, manifest, tag="v1")
    inside_a_key = bytes_of(manifest).index(b"layers")  # it stays JSON
    acr.faults.add(Fault("manifest.get", Corrupt(inside_a_key)))

    with pytest.raises(DigestValidationError, match="does not match"):
        client.get_manifest(HELLO, reference or digest)


@pytest.mark.parametrize("reference", ["v9", UNKNOWN_DIGEST])
@pytest.mark.parametrize("repository", [HELLO, NOWHERE])
def test_unknown_manifest_is_not_found(
    acr: FakeRegistry, client: ContainerRegistryClient, repository: str, reference: str
) -> None:
    client.set_manifest(HELLO, image_manifest(client), tag="v1")

    with pytest.raises(ResourceNotFoundError):
        client.get_manifest(repository, reference)
    assert acr.requests.one(endpoint="manifest.get", status=404).errors == ("MANIFEST_UNKNOWN",)


def test_moving_a_tag_keeps_the_old_manifest(client: ContainerRegistryClient) -> None:
    old = client.set_manifest(HELLO, image_manifest(client, layer=b"old"), tag="v1")
    new = client.set_manifest(HELLO, image_manifest(client, layer=b"new"), tag="v1")

    assert client.get_manifest(HELLO, "v1").digest == new
    assert client.get_manifest_properties(HELLO, old).tags is None


def test_two_tags_can_share_a_manifest(client: ContainerRegistryClient) -> None:
    """acr-behaviour 15.3, test_list_tag_properties_order_*: one manifest with two tags, whose times differ."""
    manifest = image_manifest(client)
    digests = {client.set_manifest(HELLO, manifest, tag=tag) for tag in ("one", "two")}
    (found,) = client.list_manifest_properties(HELLO)

    assert (digests, found.tags) == ({found.digest}, ["one", "two"])

    one, two = client.list_tag_properties(HELLO)
    assert one.last_updated_on < two.last_updated_on


@pytest.mark.parametrize("missing", ["repository", "manifest"])
def test_none_is_a_value_error(client: ContainerRegistryClient, missing: str) -> None:
    arguments = {"repository": HELLO, "manifest": {"schemaVersion": 2}} | {missing: None}
    with pytest.raises(ValueError, match="The parameter repository and manifest cannot be None"):
        client.set_manifest(**arguments)  # type: ignore[arg-type]
