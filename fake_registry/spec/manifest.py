"""Manifests: bytes and a media type in, the facts a registry needs out. Pure; what is stored where is `core`'s.

The bytes are kept as they came: a digest is of bytes, never of a JSON value. Fields this module does not know are
left alone, not refused.

Sources: image-spec v1.1 (Image Manifest, Image Index, Descriptor); CNCF distribution (Schema 2, Manifest List);
oras-project/artifacts-spec; image-spec v1.1.0-rc2 (Artifact Manifest).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

from fake_registry.spec import media_types
from fake_registry.spec.errors import DigestInvalid, ManifestInvalid
from fake_registry.spec.names import Digest, digest_of, parse_digest

JsonObject = Mapping[str, Any]  # Any: a JSON value, checked field by field below


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
    document = parse_object(content)
    _check_media_type(document, media_type)
    return Manifest(
        content=content,
        media_type=media_type,
        digest=digest_of(content, algorithm),
        facts=_facts_of(document, media_type),
    )


def read_platform(config: bytes) -> Platform | None:
    """Return the platform that an image's config names, None where it names none or is no JSON object."""
    try:
        document = parse_object(config)
    except ManifestInvalid:
        return None
    return _platform_in(document)


def parse_object(content: bytes) -> JsonObject:
    """Return the JSON object that `content` is, in UTF-8, without duplicate keys. Raises ManifestInvalid."""
    try:
        document = json.loads(content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
        if b"\\u" in content:
            json.dumps(document, ensure_ascii=False).encode("utf-8")  # a lone surrogate cannot be sent on as UTF-8
    except ManifestInvalid:
        raise
    except RecursionError:
        raise ManifestInvalid("expected JSON, found values nested too deeply") from None
    except ValueError as error:  # of UTF-8, of JSON, of a number with too many digits
        raise ManifestInvalid(f"expected JSON in UTF-8: {_reason_of(error)}") from None
    if not isinstance(document, dict):
        raise ManifestInvalid(f"expected a JSON object, found {_kind(document)}")
    return document


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise ManifestInvalid(f"the key {next(n for n in names if names.count(n) > 1)!r} is there more than once")
    return found


def _refuse_constant(name: str) -> NoReturn:
    raise ManifestInvalid(f"{name} is not JSON")


def _reason_of(error: ValueError) -> str:
    """What and where, without the content that UnicodeDecodeError and JSONDecodeError carry along."""
    match error:
        case json.JSONDecodeError():
            return f"{error.msg} at character {error.pos}"
        case UnicodeError():
            return "not UTF-8"
        case _:
            return "a number has too many digits"


def _check_media_type(document: JsonObject, media_type: str) -> None:
    stated = _optional(document, "mediaType", str)
    if stated is not None and stated != media_type:
        raise ManifestInvalid(f"mediaType is {stated!r}, the request says {media_type!r}")
    if media_type in (media_types.DOCKER_MANIFEST, media_types.DOCKER_LIST) and stated is None:
        raise ManifestInvalid(f"expected mediaType {media_type!r}, found none")
    if media_type in media_types.IMAGES | media_types.INDEXES:
        version = document.get("schemaVersion")
        if version != 2 or isinstance(version, bool):
            raise ManifestInvalid("expected schemaVersion 2")


def _facts_of(document: JsonObject, media_type: str) -> ManifestFacts:
    config = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()
    artifact_type = _optional(document, "artifactType", str) or None
    if media_type in media_types.IMAGES:
        config = _descriptor(_required(document, "config", dict), "config")
        layers = _descriptors(document, "layers")
        # distribution-spec, Listing Referrers: an image without artifactType is of its config's media type
        artifact_type = artifact_type or config.media_type
        if "manifests" in document:
            # image-spec, Image Manifest and Index must not be confused (CVE-2021-41190)
            raise ManifestInvalid("an image manifest has no manifests")
    elif media_type in media_types.INDEXES:
        manifests = _descriptors(document, "manifests")
        if "config" in document or "layers" in document:
            raise ManifestInvalid("an index has neither config nor layers")
    elif media_type in media_types.ARTIFACTS:
        layers = _descriptors(document, "blobs") if document.get("blobs") is not None else ()
    subject = _optional(document, "subject", dict)
    return ManifestFacts(
        config=config,
        layers=layers,
        manifests=manifests,
        subject=None if subject is None else _descriptor(subject, "subject"),
        artifact_type=artifact_type,
        annotations=_annotations(document),
    )


def _descriptors(document: JsonObject, key: str) -> tuple[Descriptor, ...]:
    # Go clients write null for an empty list of layers
    entries = _optional(document, key, list)
    if entries is None and key not in document:
        raise ManifestInvalid(f"expected {key}, found none")
    return tuple(_descriptor(entry, f"{key}[{place}]") for place, entry in enumerate(entries or ()))


def _descriptor(entry: object, where: str) -> Descriptor:
    if not isinstance(entry, dict):
        raise ManifestInvalid(f"expected a descriptor at {where}, found {_kind(entry)}")
    size = entry.get("size")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        raise ManifestInvalid(f"expected a size in bytes at {where}")
    try:
        digest = parse_digest(_required(entry, "digest", str))
    except DigestInvalid as error:
        raise ManifestInvalid(f"expected a digest at {where}: {error.reason}") from None
    platform = _optional(entry, "platform", dict)
    return Descriptor(
        media_type=_required(entry, "mediaType", str),
        digest=digest,
        size=size,
        artifact_type=_optional(entry, "artifactType", str),
        annotations=_annotations(entry),
        platform=None if platform is None else _platform_in(platform),
    )


def _annotations(document: JsonObject) -> Mapping[str, str]:
    annotations = _optional(document, "annotations", dict) or {}
    if not all(isinstance(value, str) for value in annotations.values()):
        raise ManifestInvalid("expected annotations to be strings")
    return annotations


def _platform_in(document: JsonObject) -> Platform | None:
    architecture, os = document.get("architecture"), document.get("os")
    if isinstance(architecture, str) and isinstance(os, str):
        return Platform(architecture=architecture, os=os)
    return None


def _optional(document: JsonObject, key: str, kind: type) -> Any:  # Any: an instance of `kind`, or None
    value = document.get(key)
    if value is not None and not isinstance(value, kind):
        raise ManifestInvalid(f"expected {key} to be {_KINDS[kind]}, found {_kind(value)}")
    return value


def _required(document: JsonObject, key: str, kind: type) -> Any:  # Any: an instance of `kind`
    value = _optional(document, key, kind)
    if value is None:
        raise ManifestInvalid(f"expected {key}, found none")
    return value


_KINDS = {dict: "an object", list: "a list", str: "a string", bool: "a boolean", int: "a number", float: "a number"}


def _kind(value: object) -> str:
    return _KINDS.get(type(value), "null")
