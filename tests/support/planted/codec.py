"""Planted bugs in the parser of manifests, for `assert_manifest_codec`."""

import json
from typing import Final

from fake_registry import FakeRegistry
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.media_types import OCI_INDEX, OCI_LAYER, OCI_MANIFEST
from tests.support.http import CONFIG, LAYER, entry, index_bytes, manifest_bytes
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit

CHILD: Final = {
    **entry(LAYER, OCI_MANIFEST),
    "platform": {"architecture": "arm64", "os": "linux"},
    "artifactType": "a/b",
    "annotations": {"name": "value"},
}


def read_child(registry: FakeRegistry) -> object:
    """Return the child of an index, as it is parsed."""
    content = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [CHILD]}).encode()
    [child] = read_manifest(content, OCI_INDEX).facts.manifests
    platform = child.platform
    return child.artifact_type, child.annotations, platform and (platform.architecture, platform.os)


def read_sizes(registry: FakeRegistry) -> object:
    """Return the sizes in an image: of an empty layer, and of a layer without a size."""
    layers = [entry(b"", OCI_LAYER), {"mediaType": OCI_LAYER, "digest": entry(LAYER, "")["digest"]}]
    content = manifest_bytes(layers=layers)
    return [layer.size for layer in read_manifest(content, OCI_MANIFEST).facts.layers]


def read_repeated_layers(registry: FakeRegistry) -> object:
    return len(read_manifest(manifest_bytes(LAYER, CONFIG, LAYER), OCI_MANIFEST).facts.layers)


def read_annotations(registry: FakeRegistry) -> object:
    content = index_bytes(annotations={"name": "", "other": "value"})
    return read_manifest(content, OCI_INDEX).facts.annotations


RIGHT_CHILD: Final = ("a/b", {"name": "value"}, ("arm64", "linux"))

CODEC: Final = (
    PlantedBug(
        name="platform-has-architecture-and-os-exchanged",
        kind="children of manifests",
        part="codec",
        plant=edit(
            "spec.manifest:_platform_in",
            'document.get("architecture"), document.get("os")',
            'document.get("os"), document.get("architecture")',
        ),
        witness=read_child,
        right=RIGHT_CHILD,
    ),
    PlantedBug(
        name="annotations-of-a-descriptor-are-lost",
        kind="children of manifests",
        part="codec",
        plant=edit(
            "spec.manifest:_descriptor",
            "annotations=_annotations(entry)",
            "annotations={}",
        ),
        witness=read_child,
        right=RIGHT_CHILD,
    ),
    PlantedBug(
        name="artifact-type-of-a-descriptor-is-lost",
        kind="children of manifests",
        part="codec",
        plant=edit(
            "spec.manifest:_descriptor",
            'artifact_type=optional_member(entry, "artifactType", str)',
            "artifact_type=None",
        ),
        witness=read_child,
        right=RIGHT_CHILD,
    ),
    PlantedBug(
        name="descriptor-of-no-bytes-has-no-size",
        kind="blobs of manifests",
        part="codec",
        plant=edit("spec.manifest:_descriptor", "size=size,", "size=size or None,"),
        witness=read_sizes,
        right=[0, None],
    ),
    PlantedBug(
        name="layer-that-is-repeated-counts-once",
        kind="blobs of manifests",
        part="codec",
        plant=edit(
            "spec.manifest:_descriptors",
            "in enumerate(entries))",
            "in enumerate(entries) if entry not in entries[:place])",
        ),
        witness=read_repeated_layers,
        right=3,
    ),
    PlantedBug(
        name="empty-annotations-are-lost",
        kind="children of manifests",
        part="codec",
        plant=edit(
            "spec.manifest:_annotations",
            "return annotations",
            "return {name: value for name, value in annotations.items() if value}",
        ),
        witness=read_annotations,
        right={"name": "", "other": "value"},
    ),
)
