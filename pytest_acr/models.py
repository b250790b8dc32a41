"""What the content client takes and gives: manifests as typed values, and results.

A model knows the members that an image has and keeps all others, and one that was read keeps its very bytes: put back
unchanged it has the digest it came under. Source: image-spec v1.1, Image Manifest, Content Descriptors, Annotations.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final, Self

from fake_registry.spec import media_types
from fake_registry.spec.json_object import JsonObject, decode_object, list_member, member, optional_member

_CREATED: Final = "org.opencontainers.image.created"


class ManifestMediaType(StrEnum):
    """The manifests that registries know; any other text does as well."""

    OCI_IMAGE_MANIFEST = media_types.OCI_MANIFEST
    OCI_IMAGE_INDEX = media_types.OCI_INDEX
    DOCKER_MANIFEST = media_types.DOCKER_MANIFEST
    DOCKER_MANIFEST_LIST = media_types.DOCKER_LIST


@dataclass(frozen=True, kw_only=True)
class OciAnnotations:
    """Annotations: those of the specification by attribute, all by name in `entries` (image-spec, Annotations)."""

    entries: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> str | None:
        """`org.opencontainers.image.title`."""
        return self.entries.get("org.opencontainers.image.title")

    @property
    def created(self) -> str | None:
        """`org.opencontainers.image.created`, as it is written (RFC 3339 §5.6)."""
        return self.entries.get(_CREATED)


@dataclass(frozen=True, kw_only=True)
class OciDescriptor:
    """A reference to content. `others` are members that this class does not know, as they came."""

    media_type: str
    digest: str
    size: int | None
    annotations: OciAnnotations | None = None
    others: Mapping[str, object] = field(default_factory=dict)

    def to_document(self) -> dict[str, Any]:  # Any: JSON
        """Return the descriptor as JSON has it."""
        document: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest}
        if self.size is not None:
            document["size"] = self.size
        document |= self.others
        return _annotated(document, self.annotations)

    @classmethod
    def from_document(cls, document: JsonObject) -> Self:
        """Read a descriptor. Raises ValueError for one without mediaType or digest, or with members of other types."""
        known = ("mediaType", "digest", "size", "annotations")
        return cls(
            media_type=member(document, "mediaType", str),
            digest=member(document, "digest", str),
            size=optional_member(document, "size", int),
            annotations=_annotations_in(document),
            others={name: value for name, value in document.items() if name not in known},
        )


@dataclass(frozen=True, kw_only=True)
class OciImageManifest:
    """An OCI image. `others` are members that this class does not know, as they came; `content` the bytes it was read
    from, None for one that was made here."""

    config: OciDescriptor
    layers: tuple[OciDescriptor, ...] = ()
    annotations: OciAnnotations | None = None
    others: Mapping[str, object] = field(default_factory=dict)
    content: bytes | None = field(default=None, repr=False, compare=False)

    def to_bytes(self) -> bytes:
        """Return the manifest's bytes: those it was read from if it is unchanged, else new ones."""
        if self.content is not None and replace(type(self).from_bytes(self.content), content=None) == self:
            return self.content
        document: dict[str, Any] = {"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST}
        document |= {"config": self.config.to_document(), "layers": [layer.to_document() for layer in self.layers]}
        document |= self.others
        return json.dumps(_annotated(document, self.annotations), separators=(",", ":")).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read a manifest. Raises ValueError for what is no image manifest."""
        document = decode_object(content)
        known = ("schemaVersion", "mediaType", "config", "layers", "annotations")
        return cls(
            config=OciDescriptor.from_document(member(document, "config", dict)),
            layers=tuple(OciDescriptor.from_document(layer) for layer in list_member(document, "layers", dict)),
            annotations=_annotations_in(document),
            others={name: value for name, value in document.items() if name not in known},
            content=content,
        )


def _annotations_in(document: JsonObject) -> OciAnnotations | None:
    found: dict[str, Any] | None = optional_member(document, "annotations", dict)  # Any: checked in the next line
    if found is None:
        return None
    return OciAnnotations(entries={name: member(found, name, str) for name in found})


def _annotated(document: dict[str, Any], annotations: OciAnnotations | None) -> dict[str, Any]:  # Any: JSON
    return document if annotations is None else {**document, "annotations": dict(annotations.entries)}


@dataclass(frozen=True, kw_only=True)
class UploadBlobResult:
    """A blob that the registry has."""

    digest: str
    size_in_bytes: int


@dataclass(frozen=True, kw_only=True)
class DownloadBlobResult:
    """A blob's bytes, of which the digest was checked."""

    content: bytes = field(repr=False)
    digest: str


@dataclass(frozen=True, kw_only=True)
class SetManifestResult:
    """A manifest that the registry has."""

    digest: str


@dataclass(frozen=True, kw_only=True)
class GetManifestResult:
    """A manifest: the exact bytes, of which the digest was checked, and for an OCI image the model."""

    digest: str
    media_type: str
    content: bytes = field(repr=False)
    manifest: OciImageManifest | None
