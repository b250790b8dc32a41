"""Models of manifests: read, changed, written."""

import json

import pytest
from hypothesis import given

from fake_registry.spec import media_types
from pytest_acr import ArtifactArchitecture, ArtifactOperatingSystem, OciAnnotations, OciDescriptor, OciImageManifest
from pytest_acr.strategies import manifests

CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": "sha256:" + "1" * 64, "size": 2}
LAYER = {
    "size": 5,
    "digest": "sha256:" + "2" * 64,
    "mediaType": "text/plain",
    "urls": ["https://example.com"],
    "annotations": {"com.example": "x", "org.opencontainers.image.title": "hello"},
}
DOCUMENT = {
    "config": CONFIG,
    "schemaVersion": 2,
    "layers": [LAYER],
    "subject": {"mediaType": "text/x", "digest": "sha256:" + "3" * 64, "size": 1, "x": None},
    "annotations": {"org.opencontainers.image.created": "2026-11-25T00:00:00Z"},
}
CONTENT = json.dumps(DOCUMENT, indent=4).encode()


def test_unchanged_model_keeps_the_bytes_it_was_read_from() -> None:
    assert OciImageManifest.from_bytes(CONTENT).to_bytes() == CONTENT


def test_changed_model_keeps_unknown_members() -> None:
    read = OciImageManifest.from_bytes(CONTENT)
    changed = OciImageManifest(
        config=read.config,
        layers=read.layers,
        annotations=OciAnnotations(version="2"),
        others=read.others,
        content=read.content,
    )
    written = json.loads(changed.to_bytes())
    kept = {**DOCUMENT, "mediaType": media_types.OCI_MANIFEST}
    assert written == {**kept, "annotations": {"org.opencontainers.image.version": "2"}}


def test_change_between_values_that_are_equal_in_python_is_written() -> None:
    """1 == 1.0 == True."""
    read = OciImageManifest.from_bytes(json.dumps({**DOCUMENT, "x": 1}).encode())
    others = {**read.others, "x": True}
    changed = OciImageManifest(
        config=read.config, layers=read.layers, annotations=read.annotations, others=others, content=read.content
    )
    assert json.loads(changed.to_bytes())["x"] is True


def test_members_are_typed() -> None:
    read = OciImageManifest.from_bytes(CONTENT)
    (layer,) = read.layers
    assert (layer.media_type, layer.size, layer.others) == ("text/plain", 5, {"urls": ["https://example.com"]})
    assert layer.annotations == OciAnnotations(title="hello", others={"com.example": "x"})
    assert read.annotations is not None
    assert (read.annotations.created, read.annotations.title) == ("2026-11-25T00:00:00Z", None)


@given(manifests(media_types.OCI_MANIFEST))
def test_any_image_round_trips(drawn: tuple[bytes, str]) -> None:
    content, _ = drawn
    model = OciImageManifest.from_bytes(content)
    assert model.to_bytes() == content
    written = OciImageManifest(
        config=model.config, layers=list(model.layers), annotations=model.annotations, others=model.others
    )
    assert OciImageManifest.from_bytes(written.to_bytes()) == model


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{}", b'{"config":1,"layers":[]}', json.dumps({**DOCUMENT, "annotations": {"a": 1}}).encode()],
)
def test_malformed_image_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="expected"):
        OciImageManifest.from_bytes(content)


def test_every_predefined_annotation_has_its_attribute() -> None:
    """image-spec v1.1, Pre-Defined Annotation Keys."""
    keys = "created authors url documentation source version revision vendor licenses ref.name title description"
    names = [*keys.split(), "base.digest", "base.name"]
    document = {f"org.opencontainers.image.{name}": name for name in names}
    read = OciAnnotations.from_document(document)
    assert read == OciAnnotations(**{name.replace(".", "_"): name for name in names})  # type: ignore[arg-type]  # str
    assert read.to_document() == document


def test_descriptor_without_a_size_is_read_and_written() -> None:
    """The Azure SDK's own samples write one (acr-behaviour 15.3)."""
    document = {"mediaType": "text/x", "digest": "sha256:" + "1" * 64, "sizeInBytes": 4}
    read = OciDescriptor.from_document(document)
    assert (read.size, read.others, read.to_document()) == (None, {"sizeInBytes": 4}, document)


def test_architectures_are_those_of_the_azure_sdk() -> None:
    assert (ArtifactArchitecture.AMD64, ArtifactOperatingSystem.LINUX) == ("amd64", "linux")
