"""The model of ACR's metadata: locks, times and sizes, from the documents."""

import json

import pytest

from pytest_acr.harness.acr_model import ATTRIBUTES, INDEXES, Attribute, ItemLevel, OperationName
from pytest_acr.harness.locks import lock_against
from pytest_acr.harness.messages import RawRequest
from pytest_acr.harness.model import RepositoryModel, StoredManifest, digest_of, manifest_of
from pytest_acr.harness.times import ticks_of

IMAGE = "application/vnd.oci.image.manifest.v1+json"
CONFIG = b'{"architecture":"amd64","os":"linux"}'
BLOB = digest_of(CONFIG)


def image(*layers: bytes) -> StoredManifest:
    config = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": BLOB}
    document = {"config": config, "layers": [{"digest": digest_of(layer)} for layer in layers]}
    return manifest_of(document, IMAGE)


def model_with_image() -> tuple[RepositoryModel, StoredManifest]:
    """Return a model of a repository `a/b` with an image under the tag `v1`."""
    model = RepositoryModel("a/b")
    model.put_blob(BLOB, CONFIG)
    manifest = image()
    model.put_manifest(manifest, "v1")
    return model, manifest


def lock(model: RepositoryModel, level: ItemLevel, attribute: Attribute) -> None:
    """Set an attribute of the repository, or of all manifests or tags, to false."""
    records = {
        "repository": [model.acr.repository],
        "manifest": list(model.acr.manifests.values()),
        "tag": list(model.acr.tags.values()),
    }
    for record in records[level]:
        record.attributes[attribute] = False


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/v2/a/b/manifests/v1", "pull manifest"),
        ("HEAD", "/v2/a/b/manifests/v1", "pull manifest"),
        ("GET", f"/v2/a/b/blobs/{BLOB}", "pull blob"),
        ("PUT", "/v2/a/b/manifests/v1", "push manifest"),
        ("PUT", "/v2/a/b/manifests/sha256:0?tag=v1", "push manifest"),
        ("POST", "/v2/a/b/blobs/uploads/", "push blob"),
        ("PUT", "/v2/a/b/blobs/uploads/1?digest=sha256:0", "push blob"),
        ("DELETE", f"/v2/a/b/manifests/{image().digest}", "delete manifest"),
        ("DELETE", "/v2/a/b/manifests/v1", "delete tag"),
        ("DELETE", "/acr/v1/a%2Fb/_tags/v1", "delete tag"),
        ("DELETE", "/acr/v1/a/b/_tags/v1", "delete tag"),
        ("DELETE", f"/v2/a/b/blobs/{BLOB}", "delete blob"),
        ("DELETE", "/acr/v1/a%2Fb", "delete repository"),
    ],
)
def test_request_is_refused_by_a_lock_on_the_repository(method: str, path: str, operation: str) -> None:
    model, _ = model_with_image()
    request = RawRequest(method, path)
    assert lock_against([model], request) is None

    for attribute in ATTRIBUTES:
        lock(model, "repository", attribute)

    found = lock_against([model], request)
    assert found is not None
    assert (found.operation, found.level) == (operation, "repository")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/a/b/tags/list"),
        ("GET", "/v2/a/b/manifests/absent"),
        ("DELETE", "/v2/a/b/manifests/absent"),
        ("GET", "/v2/a/b/blobs/sha256:0"),
        ("PATCH", "/v2/a/b/blobs/uploads/1"),
        ("GET", "/acr/v1/a%2Fb"),
        ("PATCH", "/acr/v1/a%2Fb/_tags/v1"),
        ("DELETE", "/acr/v1/a%2Fb/_tags/absent"),
        ("DELETE", "/acr/v1/another"),
        ("GET", "/v2/a/manifests/v1"),
    ],
)
def test_lock_on_the_repository_allows_a_request(method: str, path: str) -> None:
    """Metadata can be read and changed under each lock; an absent item is 404."""
    model, _ = model_with_image()
    for attribute in ATTRIBUTES:
        lock(model, "repository", attribute)

    assert lock_against([model], RawRequest(method, path)) is None


@pytest.mark.parametrize(
    ("level", "attribute", "operation", "refused"),
    [
        ("tag", "deleteEnabled", "delete manifest", True),
        ("tag", "readEnabled", "pull manifest", True),
        ("tag", "writeEnabled", "push manifest", True),
        ("tag", "listEnabled", "delete tag", False),
        ("manifest", "writeEnabled", "push manifest", False),
        ("manifest", "writeEnabled", "delete manifest", True),
        ("manifest", "deleteEnabled", "delete tag", False),
        ("manifest", "deleteEnabled", "delete repository", True),
        ("repository", "deleteEnabled", "delete manifest", False),
        ("repository", "readEnabled", "push blob", False),
    ],
)
def test_attribute_refuses_the_documented_operations(
    level: ItemLevel, attribute: Attribute, operation: OperationName, *, refused: bool
) -> None:
    model, _ = model_with_image()
    lock(model, level, attribute)
    found = model.lock_on(operation, "v1")
    assert (found is not None) is refused


def test_lock_on_a_tag_does_not_hold_for_the_digest() -> None:
    model, manifest = model_with_image()
    lock(model, "tag", "readEnabled")
    assert model.lock_on("pull manifest", manifest.digest) is None


def test_repository_without_manifests_forgets_its_locks() -> None:
    model, manifest = model_with_image()
    lock(model, "repository", "listEnabled")
    model.delete_manifest(manifest.digest)
    model.put_manifest(manifest)
    assert model.is_listed


def test_locked_referrer_stays_without_its_subject() -> None:
    model, manifest = model_with_image()
    referrer = manifest_of({"subject": {"digest": manifest.digest}}, IMAGE)
    model.put_manifest(referrer)
    model.acr.manifests[referrer.digest].attributes["deleteEnabled"] = False

    model.delete_manifest(manifest.digest, with_referrers=True)

    assert list(model.manifests) == [referrer.digest]


def test_metadata_of_an_image() -> None:
    model, manifest = model_with_image()
    assert model.acr.manifests[manifest.digest].metadata == {
        "architecture": "amd64",
        "configMediaType": "application/vnd.oci.image.config.v1+json",
        "imageSize": len(manifest.content) + len(CONFIG),
        "os": "linux",
    }


def test_size_of_an_index_is_the_sum_of_its_children_and_its_own() -> None:
    model, manifest = model_with_image()
    index = manifest_of({"manifests": [{"digest": manifest.digest}]}, INDEXES[0])
    model.put_manifest(index)
    size = len(index.content) + len(manifest.content) + len(CONFIG)
    assert model.acr.manifests[index.digest].metadata["imageSize"] == size


def test_size_of_an_image_without_its_layer_is_not_known() -> None:
    model, _ = model_with_image()
    model.put_manifest(image(b"absent"))
    assert "imageSize" not in model.acr.manifests[image(b"absent").digest].metadata


def test_moved_tag_is_updated_and_keeps_its_creation() -> None:
    model, _ = model_with_image()
    before = model.acr.tags["v1"].created
    model.put_manifest(manifest_of(json.loads("{}"), IMAGE), "v1")
    record = model.acr.tags["v1"]
    assert record.created == before
    assert record.updated[0] == record.updated[1] > before


def test_tag_that_is_pushed_again_may_be_updated() -> None:
    model, manifest = model_with_image()
    model.put_manifest(manifest, "v1")
    record = model.acr.tags["v1"]
    assert record.updated[0] == record.created < record.updated[1]


def test_times_are_compared_as_numbers() -> None:
    texts = [
        "2026-01-13T17:34:21Z",
        "2026-01-13T17:34:21.0000001Z",
        "2026-01-13T17:34:21.1470601Z",
        "2026-01-13T17:34:21.2Z",
    ]
    ticks = [ticks_of(text) for text in texts]
    assert ticks == sorted(ticks, key=lambda each: each or 0)
    assert ticks[2] == 639_039_224_611_470_601


@pytest.mark.parametrize("text", [None, 5, "", "yesterday", "2026-13-01T00:00:00Z"])
def test_text_of_another_form_is_no_time(text: object) -> None:
    assert ticks_of(text) is None
