"""The other side of `/acr/v1` (ACR 2021-07-01): documents as a client reads them, changes as it sends them.

Reading raises ValueError for a malformed document.
"""

from typing import Any

from fake_registry.spec.attributes import (
    AttributeChanges,
    ChangeableAttributes,
    DeletedRepository,
    ManifestProperties,
    ManifestReference,
    RepositoryProperties,
    TagProperties,
)
from fake_registry.spec.json_object import (
    JsonObject,
    decode_object,
    list_member,
    member,
    optional_member,
)
from fake_registry.spec.manifest import Platform
from fake_registry.spec.names import (
    RepositoryName,
    parse_digest,
    parse_repository_name,
    parse_tag,
)
from fake_registry.wire.acr_changes import QUARANTINE, SWITCHES
from fake_registry.wire.acr_time import decode_time
from fake_registry.wire.json_text import encode_json, parse_member


def decode_repository(content: bytes) -> RepositoryProperties:
    """Return a repository's properties."""
    document = decode_object(content)
    return RepositoryProperties(
        name=_repository(document),
        created=decode_time(member(document, "createdTime", str)),
        updated=decode_time(member(document, "lastUpdateTime", str)),
        manifest_count=member(document, "manifestCount", int),
        tag_count=member(document, "tagCount", int),
        attributes=_attributes(document),
    )


def decode_tags(content: bytes) -> tuple[TagProperties, ...]:
    """Return a page of tags."""
    document = decode_object(content)
    repository = _repository(document)
    return tuple(_tag(repository, item) for item in list_member(document, "tags", dict))


def decode_tag(content: bytes) -> TagProperties:
    """Return one tag's properties."""
    document = decode_object(content)
    return _tag(_repository(document), member(document, "tag", dict))


def decode_manifests(content: bytes) -> tuple[ManifestProperties, ...]:
    """Return a page of manifests."""
    document = decode_object(content)
    repository = _repository(document)
    return tuple(_manifest(repository, item) for item in list_member(document, "manifests", dict))


def decode_manifest(content: bytes) -> ManifestProperties:
    """Return one manifest's properties."""
    document = decode_object(content)
    return _manifest(_repository(document), member(document, "manifest", dict))


def decode_deleted(content: bytes) -> DeletedRepository:
    """Return the manifests and tags that were removed with a repository."""
    document = decode_object(content)
    manifests = list_member(document, "manifestsDeleted", str)
    tags = list_member(document, "tagsDeleted", str)
    return DeletedRepository(
        manifests=tuple(parse_member(parse_digest, text) for text in manifests),
        tags=tuple(parse_member(parse_tag, text) for text in tags),
    )


def encode_attribute_changes(changes: AttributeChanges) -> bytes:
    """Return the body of a PATCH with these changes."""
    names = {**SWITCHES, **QUARANTINE}
    values = {key: getattr(changes, name) for key, name in names.items()}
    return encode_json({key: value for key, value in values.items() if value is not None})


def _repository(document: JsonObject) -> RepositoryName:
    return parse_member(parse_repository_name, member(document, "imageName", str))


def _tag(repository: RepositoryName, item: JsonObject) -> TagProperties:
    return TagProperties(
        repository=repository,
        tag=parse_member(parse_tag, member(item, "name", str)),
        digest=parse_member(parse_digest, member(item, "digest", str)),
        created=decode_time(member(item, "createdTime", str)),
        updated=decode_time(member(item, "lastUpdateTime", str)),
        attributes=_attributes(item),
    )


def _manifest(repository: RepositoryName, item: JsonObject) -> ManifestProperties:
    tags = list_member(item, "tags", str) if "tags" in item else []
    references = list_member(item, "references", dict) if "references" in item else []

    return ManifestProperties(
        repository=repository,
        digest=parse_member(parse_digest, member(item, "digest", str)),
        media_type=member(item, "mediaType", str),
        size=member(item, "imageSize", int),
        created=decode_time(member(item, "createdTime", str)),
        updated=decode_time(member(item, "lastUpdateTime", str)),
        platform=_platform(item),
        config_media_type=optional_member(item, "configMediaType", str),
        tags=tuple(parse_member(parse_tag, tag) for tag in tags),
        attributes=_attributes(item),
        references=tuple(_reference(entry) for entry in references),
    )


def _reference(entry: JsonObject) -> ManifestReference:
    digest = parse_member(parse_digest, member(entry, "digest", str))
    return ManifestReference(digest=digest, platform=_platform(entry))


def _platform(item: JsonObject) -> Platform | None:
    architecture = optional_member(item, "architecture", str)
    os = optional_member(item, "os", str)
    if architecture is None or os is None:
        return None
    return Platform(architecture=architecture, os=os)


def _attributes(item: JsonObject) -> ChangeableAttributes:
    document = member(item, "changeableAttributes", dict)
    # Any: members by name, each checked to be of its field's type
    values: dict[str, Any] = {name: member(document, key, bool) for key, name in SWITCHES.items()}
    values |= {name: optional_member(document, key, str) for key, name in QUARANTINE.items()}
    return ChangeableAttributes(**values)
