"""Images by symbolic name. The registry is in memory; the Protocol is all that `images` sees of it."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterator
from inspect import signature
from typing import Any

import pytest

from fake_registry import FakeRegistry
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.registry import Registry
from fake_registry.images import ImageRef, push_artifact, push_image, push_index
from fake_registry.images.push import DEFAULT_PLATFORMS, Subject
from fake_registry.settings import Settings
from fake_registry.spec import media_types
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.errors import (
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    NameInvalid,
    OperationDisallowed,
    TagInvalid,
)
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.support.backends import memory
from tests.support.images import ABSENT, HELLO, SBOM, read_blob

V1 = Tag("1.0")
BROKEN_GZIP = gzip.compress(b"layer")[:-4]

Push = Callable[..., ImageRef]


@pytest.fixture
def registry() -> Iterator[MemoryRegistry]:
    with memory(Settings()) as opened:
        yield opened


def document_of(image: ImageRef) -> Any:  # Any: JSON
    return json.loads(image.manifest.content)


def config_of(registry: Registry, image: ImageRef) -> Any:  # Any: JSON
    assert image.config is not None
    return json.loads(read_blob(registry, image.repository, image.config.digest))


def test_image_is_pushed_under_its_name(registry: MemoryRegistry) -> None:
    image = push_image(registry, "samples/hello:1.0")
    assert registry.get_manifest(HELLO, V1) == image.manifest
    assert (image.repository, image.tag, image.reference) == (HELLO, V1, V1)
    assert str(image) == f"samples/hello@{image.digest}"
    assert repr(image) == f"<ImageRef samples/hello@{image.digest} tag 1.0>"


def test_image_without_a_tag_is_pushed_by_digest(registry: MemoryRegistry) -> None:
    image = push_image(registry, "samples/hello")
    assert registry.list_tags(HELLO).items == []
    assert registry.get_manifest(HELLO, image.digest) == image.manifest
    assert (image.tag, image.reference) == (None, image.digest)


def test_default_image_has_a_layer_that_is_a_tar_and_a_config_that_names_it(registry: MemoryRegistry) -> None:
    image = push_image(registry, "samples/hello:1.0", platform="linux/arm/v7")
    (layer,) = image.layers
    content = read_blob(registry, HELLO, layer.digest)
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        assert archive.getnames() == ["image-name"]
    assert (layer.media_type, layer.size) == (media_types.OCI_LAYER, len(content))
    assert config_of(registry, image) == {
        "architecture": "arm",
        "os": "linux",
        "variant": "v7",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
    }


def test_default_image_is_the_same_bytes_on_every_run_and_every_python(registry: MemoryRegistry) -> None:
    digest = push_image(registry, "samples/hello:1.0").digest
    assert digest == "sha256:a133e4e01625575cec808c2201e23d2720501badd762cd72bba5feaa2ef1ce5b"


def test_default_images_of_two_names_or_two_platforms_differ(registry: MemoryRegistry) -> None:
    images = {push_image(registry, name).digest for name in ("a", "a:1", "a:2", "b", "b:1")}
    images |= {push_image(registry, "a", platform=platform).digest for platform in ("linux/arm64", "windows/amd64")}
    assert len(images) == 7


def test_manifest_describes_the_given_config_and_layers(registry: MemoryRegistry) -> None:
    subject = push_image(registry, "samples/hello:subject")
    image = push_image(
        registry,
        "samples/hello:1.0",
        layers=(layer for layer in (b"one", b"two")),
        config=b"[not even an object]",
        annotations={"key": "välue"},
        config_media_type="application/vnd.acme.config",
        layer_media_type="text/plain",
        artifact_type=SBOM,
        subject=subject,
    )
    assert document_of(image) == {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": SBOM,
        "config": {
            "mediaType": "application/vnd.acme.config",
            "digest": digest_of(b"[not even an object]"),
            "size": 20,
        },
        "layers": [{"mediaType": "text/plain", "digest": digest_of(b), "size": 3} for b in (b"one", b"two")],
        "subject": {
            "mediaType": media_types.OCI_MANIFEST,
            "digest": subject.digest,
            "size": len(subject.manifest.content),
        },
        "annotations": {"key": "välue"},
    }
    assert [read_blob(registry, HELLO, layer.digest) for layer in image.layers] == [b"one", b"two"]


def test_config_given_as_a_mapping_is_pushed_as_json(registry: MemoryRegistry) -> None:
    assert config_of(registry, push_image(registry, "a", config={"anything": [1, "ö"]})) == {"anything": [1, "ö"]}


@pytest.mark.parametrize(
    ("layer", "media_type", "unpacked"),
    [
        (b"a tar", media_types.OCI_LAYER, b"a tar"),
        (gzip.compress(b"a tar"), media_types.OCI_LAYER_GZIP, b"a tar"),
        (BROKEN_GZIP, media_types.OCI_LAYER_GZIP, BROKEN_GZIP),
        (b"\x28\xb5\x2f\xfd zstd", media_types.OCI_LAYER_ZSTD, b"\x28\xb5\x2f\xfd zstd"),
        (b"", media_types.OCI_LAYER, b""),
    ],
    ids=["tar", "gzip", "broken gzip", "zstd", "empty"],
)
def test_layer_type_and_diff_id_are_computed_from_the_bytes(
    registry: MemoryRegistry, layer: bytes, media_type: str, unpacked: bytes
) -> None:
    image = push_image(registry, "a", layers=[layer])
    assert [found.media_type for found in image.layers] == [media_type]
    assert config_of(registry, image)["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(unpacked).hexdigest()}"]


def test_docker_image_has_only_docker_media_types(registry: MemoryRegistry) -> None:
    image = push_image(registry, "a:1", media_type=media_types.DOCKER_MANIFEST)
    assert image.config is not None
    types = [image.media_type, image.config.media_type, *(layer.media_type for layer in image.layers)]
    assert types == [media_types.DOCKER_MANIFEST, media_types.DOCKER_CONFIG, media_types.DOCKER_LAYER_GZIP]


@pytest.mark.parametrize(
    ("index_type", "image_type"),
    [
        (media_types.OCI_INDEX, media_types.OCI_MANIFEST),
        (media_types.DOCKER_LIST, media_types.DOCKER_MANIFEST),
    ],
)
def test_index_has_a_default_image_for_each_platform(
    registry: MemoryRegistry, index_type: str, image_type: str
) -> None:
    index = push_index(registry, "samples/hello:multi", media_type=index_type)
    assert registry.get_manifest(HELLO, Tag("multi")) == index.manifest
    assert [child.media_type for child in index.children] == [image_type, image_type]
    assert [registry.get_manifest(HELLO, child.digest) for child in index.children] == [
        child.manifest for child in index.children
    ]
    entries = document_of(index)["manifests"]
    assert [entry["digest"] for entry in entries] == [child.digest for child in index.children]
    assert [f"{entry['platform']['os']}/{entry['platform']['architecture']}" for entry in entries] == [
        *DEFAULT_PLATFORMS
    ]


def test_index_of_given_manifests_has_the_platforms_of_their_configs(registry: MemoryRegistry) -> None:
    arm = push_image(registry, "samples/hello:arm", platform="linux/arm/v7")
    strange = push_image(registry, "samples/hello:strange", config=b"\xff not JSON")
    artifact = push_artifact(registry, "samples/hello", artifact_type=SBOM)
    nested = push_index(registry, "samples/hello", platforms=[])
    index = push_index(registry, "samples/hello", manifests=[arm, strange, artifact, nested], annotations={"a": "b"})
    assert index.children == (arm, strange, artifact, nested)
    assert [entry.get("platform") for entry in document_of(index)["manifests"]] == [
        {"architecture": "arm", "os": "linux", "variant": "v7"},
        None,
        None,
        None,
    ]
    assert index.manifest.facts.annotations == {"a": "b"}


def test_artifact_without_blobs_has_the_empty_config_and_layer(registry: MemoryRegistry) -> None:
    """image-spec v1.1, Guidelines for Artifact Usage, case 1."""
    artifact = push_artifact(registry, "samples/hello:sbom", artifact_type=SBOM)
    empty = {"mediaType": media_types.OCI_EMPTY, "digest": digest_of(b"{}"), "size": 2}
    assert document_of(artifact) == {
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "artifactType": SBOM,
        "config": empty,
        "layers": [empty],
    }
    assert registry.get_manifest(HELLO, Tag("sbom")) == artifact.manifest


def test_artifact_with_blobs_has_them_as_layers(registry: MemoryRegistry) -> None:
    typed = push_artifact(registry, "a", artifact_type=SBOM, blobs=[b"x"], blob_media_type="text/spdx")
    plain = push_artifact(registry, "a", artifact_type=SBOM, blobs=[b"x", b"y"])
    assert [(layer.media_type, layer.digest) for layer in typed.layers] == [("text/spdx", digest_of(b"x"))]
    assert [(layer.media_type, layer.digest) for layer in plain.layers] == [
        (SBOM, digest_of(b"x")),
        (SBOM, digest_of(b"y")),
    ]


@pytest.mark.parametrize("kind", ["image", "digest", "tag", "descriptor"])
def test_artifact_is_a_referrer_of_its_subject(registry: MemoryRegistry, kind: str) -> None:
    image = push_image(registry, "samples/hello:1.0")
    subjects: dict[str, Subject] = {
        "image": image,
        "digest": image.digest,
        "tag": "1.0",
        "descriptor": image.manifest.descriptor,
    }
    artifact = push_artifact(registry, "samples/hello", artifact_type=SBOM, subject=subjects[kind])
    assert [(found.digest, found.artifact_type) for found in registry.list_referrers(HELLO, image.digest).items] == [
        (artifact.digest, SBOM)
    ]


def test_absent_subject_can_be_given_as_a_descriptor(registry: MemoryRegistry) -> None:
    absent = Descriptor(media_type=media_types.OCI_MANIFEST, digest=ABSENT, size=7)
    artifact = push_artifact(registry, "samples/hello", artifact_type=SBOM, subject=absent)
    assert artifact.manifest.facts.subject == absent


def test_refs_of_equal_images_are_equal_and_fit_in_a_set(registry: MemoryRegistry) -> None:
    assert len({push_image(registry, "a:1"), push_image(registry, "a:1"), push_image(registry, "a:2")}) == 2


def _image(**arguments: Any) -> Push:  # Any: bad arguments, on purpose
    return lambda registry: push_image(registry, **{"name": "samples/hello:1.0", **arguments})


def _index(**arguments: Any) -> Push:  # Any: likewise
    return lambda registry: push_index(registry, **{"name": "samples/hello:1.0", **arguments})


def _artifact(**arguments: Any) -> Push:  # Any: likewise
    return lambda registry: push_artifact(
        registry, **{"name": "samples/hello:1.0", "artifact_type": SBOM, "blobs": [b"x"], **arguments}
    )


@pytest.mark.parametrize(
    ("push", "error", "message"),
    [
        (_image(name="Samples/hello"), NameInvalid, "lower-case"),
        (_image(name="localhost:5000/hello"), NameInvalid, "localhost"),
        (_image(name="samples/hello:"), TagInvalid, "TAG_INVALID"),
        (_image(name=f"samples/hello@{ABSENT}"), ValueError, "found a digest"),
        (_image(platform="linux"), ValueError, "os/architecture"),
        (_image(platform="linux", layers=[], config=b"{}"), ValueError, "os/architecture"),
        (_image(layers=b"bytes"), TypeError, "iterable of bytes or None, found bytes"),
        (_image(layers=[b"x", "text"]), TypeError, "found str"),
        (_image(config={"size": float("nan")}), ValueError, "not JSON compliant"),
        (_image(config={"key": "\ud800"}), ValueError, "surrogates"),
        (_image(annotations={"key": 1}), ManifestInvalid, "annotations"),
        (_image(media_type=media_types.OCI_INDEX), ValueError, "media_type"),
        (_image(config_media_type="json"), ValueError, "type/subtype"),
        (_image(layer_media_type="text/plain; charset=utf-8"), ValueError, "type/subtype"),
        (_image(artifact_type=""), ValueError, "type/subtype"),
        (_image(subject="sha256:abc"), DigestInvalid, "64"),
        (_image(subject=ABSENT), ManifestUnknown, ABSENT),
        (_image(subject="no-such-tag"), ManifestUnknown, "no-such-tag"),
        (_image(media_type=media_types.DOCKER_MANIFEST, artifact_type=SBOM), ValueError, "expected an OCI media type"),
        (_index(name="samples//hello"), NameInvalid, "lower-case"),
        (_index(platforms="linux/amd64"), TypeError, "platforms: expected an iterable of str or None, found str"),
        (_index(platforms=["linux/amd64", "linux/"]), ValueError, "'linux/'"),
        (_index(platforms=[], manifests=[]), ValueError, "found both"),
        (_index(media_type=media_types.OCI_MANIFEST), ValueError, "media_type"),
        (_index(annotations={"key": None}), ManifestInvalid, "annotations"),
        (_index(subject=ABSENT), ManifestUnknown, ABSENT),
        (_artifact(artifact_type="sbom"), ValueError, "type/subtype"),
        (_artifact(blobs=[1]), TypeError, "found int"),
        (_artifact(subject="_:"), DigestInvalid, "algorithm"),
    ],
)
def test_bad_argument_is_refused_and_nothing_is_pushed(
    registry: MemoryRegistry, push: Push, error: type[Exception], message: str
) -> None:
    before = registry.snapshot()
    with pytest.raises(error, match=message):
        push(registry)
    assert registry.snapshot() == before


def test_index_of_manifests_in_another_repository_is_refused(registry: MemoryRegistry) -> None:
    other = push_image(registry, "other:1")
    with pytest.raises(ValueError, match=f"that samples/hello has, found other@{other.digest}: push it there"):
        push_index(registry, "samples/hello", manifests=[other])


def test_index_of_a_deleted_manifest_is_refused(registry: MemoryRegistry) -> None:
    image = push_image(registry, "samples/hello:1.0")
    registry.delete_manifest(RepositoryName(image.repository), image.digest)
    with pytest.raises(ManifestBlobUnknown, match=image.digest):
        push_index(registry, "samples/hello", manifests=[image])


@pytest.mark.parametrize(
    ("name", "required"),
    [("push_image", ["name"]), ("push_index", ["name"]), ("push_artifact", ["name", "artifact_type"])],
)
def test_only_these_arguments_have_no_default(name: str, required: list[str]) -> None:
    """README.md, Seeding, says so."""
    [_, *parameters] = signature(getattr(FakeRegistry, name)).parameters.values()
    assert [one.name for one in parameters if one.default is one.empty] == required


@pytest.mark.parametrize("push", [push_image, push_index])
def test_push_of_a_locked_tag_leaves_nothing_behind(registry: MemoryRegistry, push: Callable[..., ImageRef]) -> None:
    push_image(registry, f"{HELLO}:1")
    registry.update_tag_attributes(HELLO, Tag("1"), AttributeChanges(write_enabled=False))
    before = registry.snapshot()

    with pytest.raises(OperationDisallowed):
        push(registry, f"{HELLO}:1", annotations={"a": "b"})
    assert registry.snapshot() == before
