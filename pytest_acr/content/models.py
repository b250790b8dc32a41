"""The content client's models of manifests, and the results of its operations.

A model has the members of an image as attributes and keeps all others. One that was read keeps its
bytes as well: pushed unchanged, it has the same digest. Source: image-spec v1.1, Image Manifest,
Content Descriptors, Annotations.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from typing import Any, Final, Self

from fake_registry.arguments import check_fields, items_of
from fake_registry.spec import media_types
from fake_registry.spec.json_object import (
    JsonObject,
    decode_object,
    list_member,
    member,
    optional_member,
)


class ManifestMediaType(StrEnum):
    """The usual media types of manifests. Any other text is accepted as well."""

    OCI_IMAGE_MANIFEST = media_types.OCI_MANIFEST
    OCI_IMAGE_INDEX = media_types.OCI_INDEX
    DOCKER_MANIFEST = media_types.DOCKER_MANIFEST
    DOCKER_MANIFEST_LIST = media_types.DOCKER_LIST


def _annotation(key: str) -> Any:  # Any: `field` returns a value of the field's type to mypy
    return field(default=None, metadata={"key": f"org.opencontainers.image.{key}"})


@dataclass(frozen=True, kw_only=True)
class OciAnnotations:
    """Annotations: the Pre-Defined Annotation Keys of image-spec by attribute, `others` by name.

    Values are text; `created` is a time of RFC 3339 §5.6.
    """

    created: str | None = _annotation("created")
    authors: str | None = _annotation("authors")
    url: str | None = _annotation("url")
    documentation: str | None = _annotation("documentation")
    source: str | None = _annotation("source")
    version: str | None = _annotation("version")
    revision: str | None = _annotation("revision")
    vendor: str | None = _annotation("vendor")
    licenses: str | None = _annotation("licenses")
    ref_name: str | None = _annotation("ref.name")
    title: str | None = _annotation("title")
    description: str | None = _annotation("description")
    base_digest: str | None = _annotation("base.digest")
    base_name: str | None = _annotation("base.name")
    others: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)

    def to_document(self) -> dict[str, str]:
        """Return the annotations as a JSON object."""
        named = {key: getattr(self, name) for key, name in _ANNOTATIONS.items()}
        present = {key: value for key, value in named.items() if value is not None}
        return present | dict(self.others)

    @classmethod
    def from_document(cls, document: JsonObject) -> Self:
        """Read annotations. ValueError for a value that is not text."""
        found = {key: member(document, key, str) for key in document}
        named = {name: found.pop(key) for key, name in _ANNOTATIONS.items() if key in found}
        return cls(**named, others=found)


_ANNOTATIONS: Final[Mapping[str, str]] = {
    each.metadata["key"]: each.name for each in fields(OciAnnotations) if each.metadata
}


@dataclass(frozen=True, kw_only=True)
class OciDescriptor:
    """A reference to content. `size` is in bytes; `others` are all other members, unchanged."""

    media_type: str
    digest: str
    size: int | None
    annotations: OciAnnotations | None = None
    others: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check_fields(self)

    def to_document(self) -> dict[str, Any]:  # Any: JSON
        """Return the descriptor as a JSON object."""
        document: dict[str, Any] = {"mediaType": self.media_type, "digest": self.digest}
        if self.size is not None:
            document["size"] = self.size

        document |= self.others
        return _with_annotations(document, self.annotations)

    @classmethod
    def from_document(cls, document: JsonObject) -> Self:
        """Read a descriptor. ValueError without mediaType or digest, or for a member of another type."""
        known = ("mediaType", "digest", "size", "annotations")
        return cls(
            media_type=member(document, "mediaType", str),
            digest=member(document, "digest", str),
            size=optional_member(document, "size", int),
            annotations=_annotations_of(document),
            others={name: value for name, value in document.items() if name not in known},
        )


@dataclass(frozen=True, kw_only=True)
class OciImageManifest:
    """An OCI image. `others` are all other members, unchanged.

    `content` is the bytes that the manifest was read from, None for a new one.
    """

    config: OciDescriptor
    layers: Sequence[OciDescriptor] = ()
    annotations: OciAnnotations | None = None
    others: Mapping[str, object] = field(default_factory=dict)
    content: bytes | None = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        check_fields(self)
        layers = items_of("layers", self.layers, OciDescriptor)
        object.__setattr__(self, "layers", layers)  # a list could be changed

    def to_bytes(self) -> bytes:
        """Return the bytes that an unchanged manifest was read from, or new ones."""
        encoded = _encode_image(self)
        if self.content is None:
            return encoded

        # Compared as text, because 1 == 1.0 == True in Python.
        unchanged = _encode_image(type(self).from_bytes(self.content))
        return self.content if encoded == unchanged else encoded

    @classmethod
    def from_bytes(cls, content: bytes) -> Self:
        """Read a manifest. ValueError for content that is not an image manifest."""
        document = decode_object(content)
        known = ("schemaVersion", "mediaType", "config", "layers", "annotations")
        layers = list_member(document, "layers", dict)
        return cls(
            config=OciDescriptor.from_document(member(document, "config", dict)),
            layers=tuple(OciDescriptor.from_document(layer) for layer in layers),
            annotations=_annotations_of(document),
            others={name: value for name, value in document.items() if name not in known},
            content=content,
        )


def _encode_image(image: OciImageManifest) -> bytes:
    document: dict[str, Any] = {  # Any: JSON
        "schemaVersion": 2,
        "mediaType": media_types.OCI_MANIFEST,
        "config": image.config.to_document(),
        "layers": [layer.to_document() for layer in image.layers],
    }
    document |= image.others
    return encode_document(_with_annotations(document, image.annotations))


def _annotations_of(document: JsonObject) -> OciAnnotations | None:
    found: JsonObject | None = optional_member(document, "annotations", dict)
    return None if found is None else OciAnnotations.from_document(found)


def _with_annotations(
    document: dict[str, Any],  # Any: JSON
    annotations: OciAnnotations | None,
) -> dict[str, Any]:
    if annotations is None:
        return document
    return {**document, "annotations": annotations.to_document()}


def encode_document(document: Mapping[str, Any]) -> bytes:  # Any: JSON
    """Return compact JSON. ValueError for NaN and infinities, TypeError for values without a JSON form."""
    return json.dumps(document, separators=(",", ":"), allow_nan=False).encode()


def media_type_of(content: bytes) -> str | None:
    """Return the `mediaType` of a manifest; None without one, and for malformed JSON."""
    try:
        return optional_member(decode_object(content), "mediaType", str)
    except ValueError:
        return None


@dataclass(frozen=True, kw_only=True)
class UploadBlobResult:
    """The blob that the registry has stored, or had before."""

    digest: str
    size_in_bytes: int


@dataclass(frozen=True, kw_only=True)
class DownloadBlobResult:
    """A blob's verified bytes."""

    content: bytes = field(repr=False)
    digest: str


@dataclass(frozen=True, kw_only=True)
class SetManifestResult:
    """The manifest that the registry has stored."""

    digest: str


@dataclass(frozen=True, kw_only=True)
class GetManifestResult:
    """A manifest: its exact, verified bytes and, for an OCI image, the model."""

    digest: str
    media_type: str
    content: bytes = field(repr=False)
    manifest: OciImageManifest | None
