"""Manifests: bytes and a media type in, the facts a registry needs out. Pure; what is stored where is `core`'s.

The bytes are kept as they came: a digest is of bytes, never of a JSON value. Fields this module does not know are
left alone, not refused.

Sources: image-spec v1.1 (Image Manifest, Image Index, Descriptor); CNCF distribution (Schema 2, Manifest List);
oras-project/artifacts-spec; image-spec v1.1.0-rc2 (Artifact Manifest).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from fake_registry.spec import media_types
from fake_registry.spec.errors import DigestInvalid, ManifestInvalid
from fake_registry.spec.json_object import JsonObject, as_kind, decode_object, list_member, member, optional_member
from fake_registry.spec.names import Digest, digest_of, parse_digest


@dataclass(frozen=True, kw_only=True)
class Platform:
    """What an image runs on, in GOARCH and GOOS words (image-spec, Image Index)."""

    architecture: str
    os: str


@dataclass(frozen=True, kw_only=True)
class Descriptor:
    """A reference to content (image-spec, Content Descriptors).

    `size` is in bytes and None where the manifest has none: ACR takes a descriptor without a size (the Azure SDK's own
    samples write `sizeInBytes`).
    """

    media_type: str
    digest: Digest
    size: int | None
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Platform | None = None


@dataclass(frozen=True, kw_only=True)
class ManifestFacts:
    """What a manifest says of itself. `layers` are an image's layers or an artifact's blobs, `manifests` an index's."""

    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """The blobs that a registry must hold: config and layers, but for those that may live elsewhere."""
        config = () if self.config is None else (self.config,)
        return config + tuple(layer for layer in self.layers if not media_types.is_nondistributable(layer.media_type))


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A manifest as it was pushed. `digest` is of `content`, by the algorithm it was pushed or asked with."""

    content: bytes
    media_type: str
    digest: Digest
    facts: ManifestFacts

    @property
    def descriptor(self) -> Descriptor:
        """How others refer to it: in a referrers list with its artifact type and annotations."""
        return Descriptor(
            media_type=self.media_type,
            digest=self.digest,
            size=len(self.content),
            artifact_type=self.facts.artifact_type,
            annotations=self.facts.annotations,
        )


def read_manifest(content: bytes, media_type: str, *, algorithm: str = "sha256") -> Manifest:
    """Return the manifest that `content` is under `media_type` (without parameters).

    A media type this module does not know is read for nothing but `subject`, `artifactType` and `annotations`.
    Raises ManifestInvalid.
    """
    try:
        document = decode_object(content)
        _check_media_type(document, media_type)
        facts = _facts_of(document, media_type)
    except ValueError as error:
        raise ManifestInvalid(str(error)) from None
    return Manifest(content=content, media_type=media_type, digest=digest_of(content, algorithm), facts=facts)


def read_platform(config: bytes) -> Platform | None:
    """Return the platform that an image's config names, None where it names none or is no JSON object."""
    try:
        return _platform_in(decode_object(config))
    except ValueError:
        return None


def _check_media_type(document: JsonObject, media_type: str) -> None:
    stated = optional_member(document, "mediaType", str)
    if stated not in (None, media_type):
        raise ValueError("mediaType and Content-Type name different types")
    if stated is None and media_type in (media_types.DOCKER_MANIFEST, media_types.DOCKER_LIST):
        raise ValueError("expected mediaType, found none")
    if media_type in media_types.IMAGES | media_types.INDEXES and member(document, "schemaVersion", int) != 2:
        raise ValueError("expected schemaVersion to be 2")


def _facts_of(document: JsonObject, media_type: str) -> ManifestFacts:
    config = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()
    artifact_type = optional_member(document, "artifactType", str) or None
    if media_type in media_types.IMAGES:
        _refuse(document, "manifests")
        config = _descriptor(member(document, "config", dict), "config")
        layers = _descriptors(document, "layers")
        # distribution-spec, Listing Referrers: an image without artifactType is of its config's media type
        artifact_type = artifact_type or config.media_type
    elif media_type in media_types.INDEXES:
        _refuse(document, "config", "layers")
        manifests = _descriptors(document, "manifests")
    elif media_type in media_types.ARTIFACTS and "blobs" in document:
        layers = _descriptors(document, "blobs")
    subject = optional_member(document, "subject", dict)
    return ManifestFacts(
        config=config,
        layers=layers,
        manifests=manifests,
        subject=None if subject is None else _descriptor(subject, "subject"),
        artifact_type=artifact_type,
        annotations=_annotations(document),
    )


def _refuse(document: JsonObject, *keys: str) -> None:
    """An image that could be read as an index, or the other way round, is neither (CVE-2021-41190)."""
    for key in keys:
        if key in document:
            raise ValueError(f"expected no {key} in a manifest of this type")


def _descriptors(document: JsonObject, key: str) -> tuple[Descriptor, ...]:
    entries = list_member(document, key, dict)
    return tuple(_descriptor(entry, f"{key}[{place}]") for place, entry in enumerate(entries))


def _descriptor(entry: JsonObject, where: str) -> Descriptor:
    try:
        digest = parse_digest(member(entry, "digest", str))
        size = optional_member(entry, "size", int)
        if size is not None and not 0 <= size <= _MAX_SIZE:
            raise ValueError("expected size to be a number of bytes")
        platform = optional_member(entry, "platform", dict)
        return Descriptor(
            media_type=member(entry, "mediaType", str),
            digest=digest,
            size=size,
            artifact_type=optional_member(entry, "artifactType", str),
            annotations=_annotations(entry),
            platform=None if platform is None else _platform_in(platform),
        )
    except DigestInvalid as error:
        raise ValueError(f"expected a digest at {where}: {error.reason}") from None
    except ValueError as error:
        raise ValueError(f"{where}: {error}") from None


_MAX_SIZE = 2**63 - 1
"""A descriptor's size is an int64 (image-spec, Content Descriptors)."""


def _annotations(document: JsonObject) -> Mapping[str, str]:
    annotations = optional_member(document, "annotations", dict) or {}
    for value in annotations.values():
        as_kind(value, str, "each of annotations")
    return annotations


def _platform_in(document: JsonObject) -> Platform | None:
    architecture, os = document.get("architecture"), document.get("os")
    if isinstance(architecture, str) and isinstance(os, str):
        return Platform(architecture=architecture, os=os)
    return None
