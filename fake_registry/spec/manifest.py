"""Manifests: from bytes and a media type to the facts that a registry needs.

The bytes are kept unchanged: a digest is of bytes, not of a JSON value. Unknown fields are ignored.

Sources: image-spec v1.1 (Image Manifest, Image Index, Descriptor); CNCF distribution (Schema 2,
Manifest List); oras-project/artifacts-spec; image-spec v1.1.0-rc2 (Artifact Manifest).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from fake_registry.spec import media_types
from fake_registry.spec.errors import DigestInvalid, ManifestInvalid
from fake_registry.spec.json_object import (
    JsonObject,
    as_kind,
    decode_object,
    list_member,
    member,
    optional_member,
)
from fake_registry.spec.names import Digest, digest_of, parse_digest


@dataclass(frozen=True, kw_only=True)
class Platform:
    """The platform of an image, in words of GOARCH and GOOS (image-spec, Image Index)."""

    architecture: str
    os: str


@dataclass(frozen=True, kw_only=True)
class Descriptor:
    """A reference to content (image-spec, Content Descriptors)."""

    media_type: str
    digest: Digest
    size: int | None
    """Bytes; None if absent, which ACR accepts (samples of the Azure SDK write `sizeInBytes`)."""
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    platform: Platform | None = None


@dataclass(frozen=True, kw_only=True)
class ManifestFacts:
    """The content of a manifest."""

    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    """Layers of an image, or blobs of an artifact."""
    manifests: tuple[Descriptor, ...] = ()
    """Children of an index: manifests, or blobs (`spec.graph`)."""
    subject: Descriptor | None = None
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """The blobs that a registry must have: config and layers, except non-distributable ones."""
        config = () if self.config is None else (self.config,)
        layers = (one for one in self.layers if not media_types.is_nondistributable(one.media_type))
        return (*config, *layers)


@dataclass(frozen=True, kw_only=True, repr=False)
class Manifest:
    """A manifest as it was pushed."""

    content: bytes
    media_type: str
    digest: Digest
    """Of `content`, by the algorithm in the request."""
    facts: ManifestFacts

    def __repr__(self) -> str:
        return f"<Manifest {self.digest}, {self.media_type}, {len(self.content)} bytes>"

    @property
    def descriptor(self) -> Descriptor:
        """A reference to it, with artifact type and annotations as in a list of referrers."""
        return Descriptor(
            media_type=self.media_type,
            digest=self.digest,
            size=len(self.content),
            artifact_type=self.facts.artifact_type,
            annotations=self.facts.annotations,
        )


def size_of(stored: Descriptor) -> int:
    """Return the size of content that a registry has, in bytes.

    Raises ValueError for a descriptor without a size. A manifest may have such descriptors; a
    registry that describes its own content may not.
    """
    if stored.size is None:
        raise ValueError(f"expected a size for {stored.digest}, found none")
    return stored.size


def image_size(
    manifest: Manifest,
    *,
    size_of_blob: Callable[[Digest], int],
    size_of_child: Callable[[Digest], int],
) -> int:
    """Return ACR's imageSize since 2023, in bytes: the manifest and all that it refers to.

    The arguments return the bytes that the registry has for a digest, 0 if it lacks it. For a
    child that is a manifest, they are its imageSize.

    0 for an artifact manifest (acr-behaviour 4.3); recorded for one without blobs, otherwise [I].
    """
    if manifest.media_type in media_types.ARTIFACTS:
        return 0

    blobs = sum(size_of_blob(blob.digest) for blob in manifest.facts.blobs)
    children = sum(size_of_child(child.digest) for child in manifest.facts.manifests)
    return len(manifest.content) + blobs + children


def read_manifest(content: bytes, media_type: str, *, algorithm: str = "sha256") -> Manifest:
    """Return the manifest in `content`, of a media type without parameters.

    For an unknown media type its facts are `subject`, `artifactType` and `annotations` alone.
    Raises ManifestInvalid.
    """
    try:
        document = decode_object(content)
        _check_media_type(document, media_type)
        facts = _facts_of(document, media_type)
    except ValueError as error:
        raise ManifestInvalid(str(error)) from None

    digest = digest_of(content, algorithm)
    return Manifest(content=content, media_type=media_type, digest=digest, facts=facts)


def read_platform(config: bytes) -> Platform | None:
    """Return the platform in an image's config, None if it is absent or the config is malformed."""
    try:
        return _platform_in(decode_object(config))
    except ValueError:
        return None


def _check_media_type(document: JsonObject, media_type: str) -> None:
    stated = optional_member(document, "mediaType", str)
    if stated is not None and stated != media_type:
        is_known = stated in media_types.MANIFESTS  # an unknown one is content, of any length
        found = stated if is_known else "another type"
        raise ValueError(f"mediaType is {found}, but Content-Type is {media_type}")
    if stated is None and media_type in (media_types.DOCKER_MANIFEST, media_types.DOCKER_LIST):
        raise ValueError("expected mediaType, found none")

    has_version = media_type in media_types.IMAGES or media_type in media_types.INDEXES
    if has_version and member(document, "schemaVersion", int) != 2:
        raise ValueError("expected schemaVersion to be 2")


def _facts_of(document: JsonObject, media_type: str) -> ManifestFacts:
    config = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()
    artifact_type = optional_member(document, "artifactType", str) or None

    if media_type in media_types.IMAGES:
        _check_absent(document, "manifests")
        config = _descriptor(member(document, "config", dict), "config")
        layers = _descriptors(document, "layers")
        # An image without artifactType has its config's media type (distribution-spec, Listing
        # Referrers).
        artifact_type = artifact_type or config.media_type
    elif media_type in media_types.INDEXES:
        _check_absent(document, "config", "layers")
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


def _check_absent(document: JsonObject, *keys: str) -> None:
    """Raise ValueError for a key: an image must not pass for an index (CVE-2021-41190)."""
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
