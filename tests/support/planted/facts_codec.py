"""A codec of manifests that writes what the registry has read: for hunts with `assert_manifest_codec`."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_registry.spec.manifest import Descriptor, ManifestFacts, read_manifest

Document = dict[str, Any]  # Any: JSON


@dataclass(frozen=True)
class ReadManifest:
    """The facts of a manifest, and its members that are not among them."""

    facts: ManifestFacts
    document: Mapping[str, Any] = field(compare=False)


def read_facts(content: bytes, media_type: str) -> ReadManifest:
    """Read a manifest by the registry's parser. ManifestInvalid."""
    return ReadManifest(read_manifest(content, media_type).facts, json.loads(content))


def write_facts(manifest: ReadManifest) -> bytes:
    """Return the manifest with each member as the facts have it."""
    facts, document = manifest.facts, dict(manifest.document)
    for name, one in (("config", facts.config), ("subject", facts.subject)):
        if name in document and one is not None:
            document[name] = _written(document[name], one)
    for name, many in (("layers", facts.layers), ("blobs", facts.layers), ("manifests", facts.manifests)):
        if name in document:
            document[name] = _all_written(document[name], many)
    if "annotations" in document:
        document["annotations"] = facts.annotations
    return json.dumps(document).encode()


def _all_written(entries: Iterable[Document], descriptors: Iterable[Descriptor]) -> list[Document]:
    return [_written(entry, one) for entry, one in zip(entries, descriptors, strict=False)]


def _written(entry: Document, descriptor: Descriptor) -> Document:
    """Return a descriptor's members: those of the entry, with the values that were read."""
    values = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
        "artifactType": descriptor.artifact_type,
        "annotations": descriptor.annotations,
    }
    found = {name: values.get(name, value) for name, value in entry.items()}
    if descriptor.platform is not None:
        platform = descriptor.platform
        found["platform"] = {**entry["platform"], "architecture": platform.architecture, "os": platform.os}
    return found
