"""The content client, sync and async: manifests, as bytes and as models."""

import io
import json
import re
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceResponseError

from fake_registry import Corrupt, FakeRegistry, Fault, NotJson
from fake_registry.http.faults import Effect
from pytest_acr import (
    ContainerRegistryContentClient,
    DigestValidationError,
    ManifestMediaType,
    OciAnnotations,
    OciDescriptor,
    OciImageManifest,
)
from tests.clients.content import Alter, Dribble, exchanges_at, image, trickle
from tests.support.clients import (
    DOCKER_LIST,
    HELLO,
    MIB,
    OCI_INDEX,
    OCI_MANIFEST,
    UNKNOWN_DIGEST,
    digest_of,
    with_tls,
)


@with_tls
def test_image_is_returned_by_tag_and_by_digest(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    model = image(content_client)
    digest = content_client.set_manifest(model, tag="v1").digest
    for reference in ("v1", digest):
        pulled = content_client.get_manifest(reference)
        assert (pulled.digest, pulled.media_type, pulled.manifest) == (digest, OCI_MANIFEST, model)
        assert digest_of(pulled.content) == digest


def test_web_page_is_no_manifest(acr: FakeRegistry, content_client: ContainerRegistryContentClient) -> None:
    """The answer of a proxy has status 200, and no digest that would betray it."""
    content_client.set_manifest(image(content_client), tag="v1")
    acr.faults.add(Fault("manifest.get", NotJson()))
    with pytest.raises(ServiceResponseError, match=r"v1 of .*: expected JSON"):
        content_client.get_manifest("v1")


def test_manifest_can_be_pushed_without_a_tag(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    digest = content_client.set_manifest(image(content_client)).digest
    assert content_client.get_manifest(digest).digest == digest
    assert [one.reference for one in exchanges_at(acr, "manifest.put")] == [digest]


def test_every_form_of_a_manifest_is_pushed_alike(
    content_client: ContainerRegistryContentClient, tmp_path: Path
) -> None:
    model = image(content_client)
    content = model.to_bytes()
    path = tmp_path / "manifest.json"
    path.write_bytes(content)
    kinds = (model, json.loads(content), content, bytearray(content), io.BytesIO(content), Dribble(content, 7), path)
    assert {content_client.set_manifest(kind).digest for kind in kinds} == {digest_of(content)}  # type: ignore[arg-type]


@pytest.mark.parametrize("flavour", ["aio"])
def test_manifest_can_be_an_async_iterable(content_client: ContainerRegistryContentClient) -> None:
    content = image(content_client).to_bytes()
    digest = content_client.set_manifest(trickle(content[:9], content[9:])).digest  # type: ignore[arg-type]  # for aio
    assert digest == digest_of(content)


def test_manifest_read_and_put_back_keeps_its_bytes_and_unknown_members(
    content_client: ContainerRegistryContentClient,
) -> None:
    document = {**json.loads(image(content_client, artifactType="text/x").to_bytes()), "org.example": [1, {"a": None}]}
    written = json.dumps(document, indent=3).encode()
    digest = content_client.set_manifest(written, tag="v1").digest
    pulled = content_client.get_manifest("v1")
    assert (pulled.content, pulled.digest) == (written, digest)
    assert pulled.manifest is not None
    assert content_client.set_manifest(pulled.manifest).digest == digest
    assert pulled.manifest.others == {"artifactType": "text/x", "org.example": [1, {"a": None}]}


def test_manifest_of_another_type_has_bytes_and_no_model(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    acr.push_index(f"{HELLO}:multi", platforms=["linux/amd64"])
    pulled = content_client.get_manifest("multi")
    assert (pulled.media_type, pulled.manifest) == (OCI_INDEX, None)
    assert digest_of(pulled.content) == pulled.digest


def test_media_type_is_read_from_the_manifest(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    listed = {"schemaVersion": 2, "mediaType": DOCKER_LIST, "manifests": []}
    content_client.set_manifest(listed, tag="said")
    content_client.set_manifest({"schemaVersion": 2, "manifests": []}, tag="named", media_type=OCI_INDEX)
    content_client.set_manifest(listed, media_type=ManifestMediaType.DOCKER_MANIFEST_LIST)
    content_client.set_manifest({**json.loads(image(content_client).to_bytes())} | {"mediaType": None}, tag="unsaid")
    assert [content_client.get_manifest(tag).media_type for tag in ("said", "named", "unsaid")] == [
        DOCKER_LIST,
        OCI_INDEX,
        OCI_MANIFEST,
    ]


def test_media_type_that_contradicts_the_manifest_is_refused(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    """azure-sdk-quirks: the official client leaves it to the service to refuse."""
    found = f"expected {DOCKER_LIST} as in the manifest, found {OCI_INDEX}"
    with pytest.raises(ValueError, match=re.escape(found)):
        content_client.set_manifest({"schemaVersion": 2, "mediaType": DOCKER_LIST}, media_type=OCI_INDEX)
    assert len(acr.requests) == 0


def test_every_media_type_is_accepted_by_default(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    acr.push_index(f"{HELLO}:multi", platforms=["linux/amd64"])
    content_client.get_manifest("multi", accept=OCI_INDEX)
    with pytest.raises(ResourceNotFoundError, match="MANIFEST_UNKNOWN"):
        content_client.get_manifest("multi", accept=OCI_MANIFEST)


def test_error_of_a_refused_manifest_has_the_reason(content_client: ContainerRegistryContentClient) -> None:
    missing = OciDescriptor(media_type="text/plain", digest=UNKNOWN_DIGEST, size=0)
    with pytest.raises(
        HttpResponseError, match=f"PUT of repository {HELLO}, tag v1: status 400, MANIFEST_BLOB_UNKNOWN"
    ):
        content_client.set_manifest(OciImageManifest(config=missing), tag="v1")


@pytest.mark.parametrize(
    "effect",
    [
        Corrupt(5),
        Alter({"Docker-Content-Digest": UNKNOWN_DIGEST}),
        Alter({}, body=b"{}"),
    ],
)
def test_damaged_manifest_is_an_error(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, effect: Effect
) -> None:
    content_client.set_manifest(image(content_client), tag="v1")
    acr.faults.add(Fault("manifest.get", effect))
    with pytest.raises(DigestValidationError, match=f"manifest v1 of {HELLO}: expected sha256:.*, found sha256:"):
        content_client.get_manifest("v1")


def test_manifest_with_another_digest_than_requested_is_an_error(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient
) -> None:
    digest = content_client.set_manifest(image(content_client)).digest
    other = Alter({"Docker-Content-Digest": digest_of(b"{}")}, body=b"{}")
    acr.faults.add(Fault("manifest.get", other))
    with pytest.raises(DigestValidationError, match=f"{digest} of {HELLO}"):
        content_client.get_manifest(digest)


@pytest.mark.parametrize("missing", ["Content-Length", "Docker-Content-Digest", "Content-Type"])
def test_optional_headers_may_be_missing(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, missing: str
) -> None:
    """azure-sdk-quirks: without the first two the official client has a bare KeyError."""
    digest = content_client.set_manifest(image(content_client), tag="v1").digest
    acr.faults.add(Fault("manifest.get", Alter({missing: None})))
    pulled = content_client.get_manifest("v1")
    assert (pulled.digest, pulled.media_type, pulled.manifest is None) == (digest, OCI_MANIFEST, False)


@pytest.mark.parametrize(
    ("effect", "message"),
    [
        (Alter({"Docker-Content-Digest": None}, body=b"x" * (4 * MIB + 1)), "at most 4194304 bytes, found more"),
        (Alter({"Docker-Content-Digest": "nonsense"}), "expected algorithm:encoded"),
    ],
)
def test_answer_without_a_manifest_is_an_error(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, effect: Effect, message: str
) -> None:
    content_client.set_manifest(image(content_client), tag="v1")
    acr.faults.add(Fault("manifest.get", effect))
    with pytest.raises(ServiceResponseError, match=f"v1 of {HELLO}: .*{message}"):
        content_client.get_manifest("v1")


@pytest.mark.parametrize("content", [b"[]", b'{"config":{},"layers":[]}', b'{"annotations":{"build":17}}'])
def test_malformed_image_has_bytes_and_no_model(
    acr: FakeRegistry, content_client: ContainerRegistryContentClient, content: bytes
) -> None:
    """The bytes have the requested digest."""
    content_client.set_manifest(image(content_client), tag="v1")
    acr.faults.add(Fault("manifest.get", Alter({"Docker-Content-Digest": digest_of(content)}, body=content)))
    pulled = content_client.get_manifest("v1")
    assert (pulled.content, pulled.media_type, pulled.manifest) == (content, OCI_MANIFEST, None)


def test_manifests_and_blobs_are_deleted(acr: FakeRegistry, content_client: ContainerRegistryContentClient) -> None:
    digest = content_client.set_manifest(image(content_client), tag="v1").digest
    content_client.delete_blob(digest_of(b"layer"))
    content_client.delete_manifest(digest)
    assert list(acr.content.list_repositories().items) == []


def test_error_of_an_absent_item_names_it(content_client: ContainerRegistryContentClient) -> None:
    asked = f"repository {HELLO}, (tag v9|digest {UNKNOWN_DIGEST}): status 404, "
    for attempt in (
        lambda: content_client.get_manifest("v9"),
        lambda: content_client.get_manifest(UNKNOWN_DIGEST),
        lambda: content_client.delete_blob(UNKNOWN_DIGEST),
        lambda: content_client.delete_manifest(UNKNOWN_DIGEST),
    ):
        with pytest.raises(ResourceNotFoundError, match=asked):
            attempt()


def test_annotations_without_an_attribute_are_in_others(content_client: ContainerRegistryContentClient) -> None:
    annotations = OciAnnotations(title="hello", ref_name="v1", others={"com.example": "x"})
    config = content_client.upload_blob(b"{}")
    described = OciDescriptor(media_type="text/plain", digest=config.digest, size=2, annotations=annotations)
    digest = content_client.set_manifest(OciImageManifest(config=described, annotations=annotations)).digest
    pulled = content_client.get_manifest(digest)
    assert json.loads(pulled.content)["annotations"] == {
        "org.opencontainers.image.ref.name": "v1",
        "org.opencontainers.image.title": "hello",
        "com.example": "x",
    }
    assert pulled.manifest is not None
    assert (pulled.manifest.annotations, pulled.manifest.config.annotations) == (annotations, annotations)
