"""`assert_manifest_codec`: holds for our own codecs, and finds mistakes that are planted."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest

from fake_registry.spec import media_types
from fake_registry.spec.errors import ManifestInvalid
from fake_registry.spec.manifest import Manifest, read_manifest
from pytest_acr import OciImageManifest
from pytest_acr.harness import assert_manifest_codec
from tests.support.effort import examples

Document = dict[str, Any]  # Any: JSON


def content_of(manifest: Manifest) -> bytes:
    return manifest.content


def test_registry_keeps_the_bytes_of_every_manifest() -> None:
    assert_manifest_codec(
        content_of,
        read_manifest,
        error=ManifestInvalid,
        keeps_bytes=True,
        settings=examples(20),
    )


def write_image(image: OciImageManifest) -> bytes:
    """Write a model as if it were new: one that was read keeps its bytes."""
    return replace(image, content=None).to_bytes()


def read_image(content: bytes, _media_type: str) -> OciImageManifest:
    return OciImageManifest.from_bytes(content)


def test_model_of_an_image_loses_nothing() -> None:
    """It reads config, layers and annotations. It keeps all other members as they are."""
    assert_manifest_codec(
        write_image,
        read_image,
        media_types=[media_types.OCI_MANIFEST],
        accepts=(
            *("schemaVersion", "mediaType", "artifactType", "manifests", "subject*"),
            *("*: digest", "*: platform", "*: artifactType", "*: size"),
        ),
        settings=examples(10),  # of six media types it has one: most that are drawn are not used
    )


def read_json(content: bytes, media_type: str) -> Document:
    """Return a manifest as JSON, after a check by ours."""
    read_manifest(content, media_type)
    document: Document = json.loads(content)
    return document


def write_json(document: Document) -> bytes:
    return json.dumps(document).encode()


def test_codec_that_is_right_passes() -> None:
    assert_manifest_codec(write_json, read_json, error=ManifestInvalid, settings=examples(20))


def map_descriptors(document: Document, change: Callable[[Document], Document]) -> Document:
    """Return a manifest with other descriptors."""
    changed = dict(document)
    for name in ("config", "subject"):
        if name in document:
            changed[name] = change(document[name])
    for name in ("layers", "manifests", "blobs"):
        if name in document:
            changed[name] = [change(entry) for entry in document[name]]
    return changed


def drop(*names: str) -> Callable[[Document], Document]:
    return lambda members: {name: members[name] for name in members if name not in names}


def drop_zero(members: Document) -> Document:
    return {name: value for name, value in members.items() if value != 0}


Write = Callable[[Document], Any]  # Any: what a wrong one returns

LOSSES: Final[dict[str, tuple[Write, str]]] = {
    "annotations of the manifest": (lambda value: write_json(drop("annotations")(value)), "annotations"),
    "artifactType": (lambda value: write_json(drop("artifactType")(value)), "artifactType"),
    "subject": (lambda value: write_json(drop("subject")(value)), "subject"),
    "annotations of a descriptor": (
        lambda value: write_json(map_descriptors(value, drop("annotations"))),
        "(config|subject|layers|manifests|blobs)",
    ),
    "platform of a descriptor": (
        lambda value: write_json(map_descriptors(value, drop("platform"))),
        "(config|subject|layers|manifests|blobs)",
    ),
    "a size of zero": (
        lambda value: write_json(map_descriptors(value, drop_zero)),
        "(config|subject|layers|manifests|blobs)",
    ),
    "order of layers": (
        lambda value: write_json({**value, "layers": value.get("layers", [])[::-1]}),
        "layers",
    ),
    "text instead of bytes": (json.dumps, "bytes"),
    "an error": (lambda value: write_json({"size": value["config"]}), "bytes"),
}
"""Mistakes in what is written, and the member that the message names."""


FAST: Final = ("a size of zero", "order of layers", "text instead of bytes", "an error")
"""Those that need few examples and little shrinking."""


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=() if name in FAST else pytest.mark.exhaustive) for name in LOSSES],
)
def test_planted_loss_is_found(name: str) -> None:
    write, named = LOSSES[name]
    with pytest.raises(AssertionError, match=rf"(?s)^application/vnd.*\n  expected: {named}") as found:
        assert_manifest_codec(write, read_json, error=ManifestInvalid, settings=examples(100))
    assert "found: " in str(found.value)


def read_anything(content: bytes, _media_type: str) -> Document:
    document: Document = json.loads(content)
    return document


def refuse_unknown(content: bytes, media_type: str) -> Document:
    document = read_json(content, media_type)
    if any(" " in name for name in document):
        raise ValueError("unknown member")
    return document


def raise_another_error(content: bytes, media_type: str) -> Document:
    try:
        return read_json(content, media_type)
    except ManifestInvalid:
        raise KeyError("mediaType") from None


def new_value(content: bytes, media_type: str) -> object:
    read_manifest(content, media_type)
    return object()


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (read_anything, "with the flaw"),
        (refuse_unknown, "ValueError: unknown member"),
        pytest.param(raise_another_error, "KeyError: 'mediaType'", marks=pytest.mark.exhaustive),
    ],
)
def test_planted_mistake_in_reading_is_found(read: Callable[[bytes, str], Document], message: str) -> None:
    with pytest.raises(AssertionError, match=message):
        assert_manifest_codec(write_json, read, error=ManifestInvalid, settings=examples(100))


def test_values_that_are_never_equal_are_found() -> None:
    with pytest.raises(AssertionError, match=r"decode\(encode\(value\)\) == value"):
        assert_manifest_codec(
            lambda _: b'{"schemaVersion":2,"manifests":[]}',
            new_value,
            media_types=[media_types.OCI_INDEX],
            settings=examples(100),
        )


def test_other_bytes_are_found() -> None:
    with pytest.raises(AssertionError, match="a digest is of bytes"):
        assert_manifest_codec(write_json, read_json, error=ManifestInvalid, keeps_bytes=True, settings=examples(100))


def test_flaw_that_is_accepted_is_no_failure() -> None:
    assert_manifest_codec(write_json, read_anything, accepts=["*"], settings=examples(20))
