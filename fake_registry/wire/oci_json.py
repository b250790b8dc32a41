"""The documents of the distribution-spec besides manifests: tag list, catalogue, referrers.

Decoding raises ValueError for a malformed document, with the expected and the found value.
"""

from collections.abc import Iterable, Mapping
from typing import NotRequired, TypedDict

from fake_registry.spec.json_object import (
    JsonObject,
    as_kind,
    decode_object,
    list_member,
    member,
    optional_member,
)
from fake_registry.spec.manifest import Descriptor, Platform
from fake_registry.spec.media_types import OCI_INDEX
from fake_registry.spec.names import (
    RepositoryName,
    Tag,
    parse_digest,
    parse_repository_name,
    parse_tag,
)
from fake_registry.spec.text import printable
from fake_registry.wire.json_text import encode_json, list_or_null, parse_member


class TagListDocument(TypedDict):
    """distribution-spec v1.1.1, Listing Tags (end-8a)."""

    name: str
    tags: list[Tag] | None


class CatalogDocument(TypedDict):
    """CNCF distribution, Listing Repositories; ACR 2021-07-01, Repository - Get List."""

    repositories: list[RepositoryName] | None


class PlatformDocument(TypedDict):
    """image-spec v1.1, Image Index, `platform`."""

    architecture: str
    os: str


class DescriptorDocument(TypedDict):
    """image-spec v1.1, Content Descriptors."""

    mediaType: str
    digest: str
    size: NotRequired[int]
    artifactType: NotRequired[str]
    annotations: NotRequired[Mapping[str, str]]
    platform: NotRequired[PlatformDocument]


class ReferrersDocument(TypedDict):
    """distribution-spec v1.1.1, Listing Referrers (end-12a): an image index."""

    schemaVersion: int
    mediaType: str
    manifests: list[DescriptorDocument]


def encode_tag_list(repository: RepositoryName, tags: Iterable[Tag], *, null_empty: bool) -> bytes:
    """Return a tag list. With `null_empty` an empty one is null, as Go writes a nil slice."""
    items = list_or_null(list(tags), null_empty=null_empty)
    document: TagListDocument = {"name": repository, "tags": items}
    return encode_json(document)


def decode_tag_list(content: bytes) -> tuple[RepositoryName, tuple[Tag, ...]]:
    """Return a repository and its tags. Raises ValueError."""
    document = decode_object(content)
    name = parse_member(parse_repository_name, member(document, "name", str))
    return name, tuple(parse_member(parse_tag, tag) for tag in list_member(document, "tags", str))


def encode_catalog(repositories: Iterable[RepositoryName], *, null_empty: bool) -> bytes:
    """Return the catalogue of `/v2` and `/acr/v1`; `null_empty` is as in `encode_tag_list`."""
    items = list_or_null(list(repositories), null_empty=null_empty)
    document: CatalogDocument = {"repositories": items}
    return encode_json(document)


def decode_catalog(content: bytes) -> tuple[RepositoryName, ...]:
    """Return the repositories of a catalogue. Raises ValueError."""
    names = list_member(decode_object(content), "repositories", str)
    return tuple(parse_member(parse_repository_name, name) for name in names)


def encode_referrers(descriptors: Iterable[Descriptor]) -> bytes:
    """Return an index of referrers, with an empty list for none (distribution-spec: MUST)."""
    document: ReferrersDocument = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [_descriptor_document(descriptor) for descriptor in descriptors],
    }
    return encode_json(document)


def decode_referrers(content: bytes) -> tuple[Descriptor, ...]:
    """Return the descriptors of an index of referrers. Raises ValueError."""
    document = decode_object(content)
    return tuple(_descriptor(entry) for entry in list_member(document, "manifests", dict))


def _descriptor_document(descriptor: Descriptor) -> DescriptorDocument:
    document: DescriptorDocument = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
    }
    if descriptor.size is not None:
        document["size"] = descriptor.size
    if descriptor.artifact_type is not None:
        document["artifactType"] = descriptor.artifact_type
    if descriptor.annotations:
        document["annotations"] = descriptor.annotations
    if descriptor.platform is not None:
        document["platform"] = {
            "architecture": descriptor.platform.architecture,
            "os": descriptor.platform.os,
        }
    return document


def _descriptor(document: JsonObject) -> Descriptor:
    size = optional_member(document, "size", int)
    if size is not None and size < 0:
        raise ValueError(f"expected size to be at least 0, found {size}")

    platform = optional_member(document, "platform", dict)
    annotations = optional_member(document, "annotations", dict) or {}
    return Descriptor(
        media_type=member(document, "mediaType", str),
        digest=parse_member(parse_digest, member(document, "digest", str)),
        size=size,
        artifact_type=optional_member(document, "artifactType", str),
        annotations=_text_annotations(annotations),
        platform=None if platform is None else _platform(platform),
    )


def _text_annotations(annotations: JsonObject) -> dict[str, str]:
    return {name: as_kind(value, str, f"annotation {printable(name)}") for name, value in annotations.items()}


def _platform(document: JsonObject) -> Platform:
    architecture, os = member(document, "architecture", str), member(document, "os", str)
    return Platform(architecture=architecture, os=os)
