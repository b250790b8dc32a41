"""What the content client takes and gives: manifests as typed values, and results.

A model knows the members that an image has and keeps all others, and one that was read keeps its very bytes: put back
unchanged it has the digest it came under. Source: image-spec v1.1, Image Manifest, Content Descriptors, Annotations.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final, Self

from fake_registry.spec import media_types
from fake_registry.spec.json_object import JsonObject, decode_object, list_member, member, optional_member


class ManifestMediaType(StrEnum):
    """The manifests that registries know; any other text does as well."""

    OCI_IMAGE_MANIFEST = media_types.OCI_MANIFEST
    OCI_IMAGE_INDEX = media_types.OCI_INDEX
    DOCKER_MANIFEST = media_types.DOCKER_MANIFEST
    DOCKER_MANIFEST_LIST = media_types.DOCKER_LIST


def _named(key: str) -> Any:  # Any: what `field` gives, which type checkers take for the field's type
    return field(default=None, metadata={"key": f"org.opencontainers.image.{key}"})


@dataclass(frozen=True, kw_only=True)
class OciAnnotations:
    """Annotations: those of image-spec, Pre-Defined Annotation Keys, by attribute, and all `others` by name.

    Values are text as it is written; `created` is a time of RFC 3339 §5.6.
    """

    created: str | None = _named("created")
    authors: str | None = _named("authors")
    url: str | None = _named("url")
    documentation: str | None = _named("documentation")
    source: str | None = _named("source")
    version: str | None = _named("version")
    revision: str | None = _named("revision")
    vendor: str | None = _named("vendor")
    licenses: str | None = _named("licenses")
    ref_name: str | None = _named("ref.name")
    title: str | None = _named("title")
    description: str | None = _named("description")
    base_digest: str | None = _named("base.digest")
    base_name: str | None = _named("base.name")
    others: Mapping[str, str] = field(default_factory=dict)

    def to_document(self) -> dict[str, str]:
        """Return the annotations as JSON has them."""
        named = {key: getattr(self, name) for key, name in _ANNOTATIONS.items()}
        return {key: value for key, value in named.items() if value is not None} | dict(self.others)

    @classmethod
    def from_document(cls, document: JsonObject) -> Self:
        """Read annotations. Raises ValueError for values that are no text."""
        found = {key: member(document, key, str) for key in document}
        named = {name: found.pop(key) for key, name in _ANNOTATIONS.items() if key in found}
        return cls(**named, others=found)


_ANNOTATIONS: Final[Mapping[str, str]] = {
    each.metadata["key"]: each.name for each in fields(OciAnnotations) if each.metadata
}


@dataclass(frozen=True, kw_only=True)
class OciDescriptor:
    """A reference to content. `size` is in bytes; `others` are members that this class does not know, as they came."""

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
    layers: Sequence[OciDescriptor] = ()
    annotations: OciAnnotations | None = None
    others: Mapping[str, object] = field(default_factory=dict)
    content: bytes | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "layers", tuple(self.layers))  # a list is no value

    def to_bytes(self) -> bytes:
        """Return the manifest's bytes: those it was read from if it is unchanged, else new ones."""
        written = _encode_image(self)
        # compared as text: to Python 1 == 1.0 == True
        if self.content is not None and _encode_image(type(self).from_bytes(self.content)) == written:
            return self.content
        return written

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


def _encode_image(image: OciImageManifest) -> bytes:
    document: dict[str, Any] = {"schemaVersion": 2, "mediaType": media_types.OCI_MANIFEST}  # Any: JSON
    document |= {"config": image.config.to_document(), "layers": [layer.to_document() for layer in image.layers]}
    document |= image.others
    return encode_document(_annotated(document, image.annotations))


def _annotations_in(document: JsonObject) -> OciAnnotations | None:
    found: JsonObject | None = optional_member(document, "annotations", dict)
    return None if found is None else OciAnnotations.from_document(found)


def _annotated(document: dict[str, Any], annotations: OciAnnotations | None) -> dict[str, Any]:  # Any: JSON
    return document if annotations is None else {**document, "annotations": annotations.to_document()}


def encode_document(document: Mapping[str, Any]) -> bytes:  # Any: JSON
    """Return compact JSON. Raises ValueError for NaN and infinities, TypeError for values that JSON does not have."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def media_type_in(content: bytes) -> str | None:
    """Return what a manifest says that it is; None where it says nothing, or is none."""
    try:
        return optional_member(decode_object(content), "mediaType", str)
    except ValueError:
        return None


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
