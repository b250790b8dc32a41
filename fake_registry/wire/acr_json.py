"""The `/acr/v1` documents: properties and PATCH bodies to and from JSON (ACR 2021-07-01).

Keys come in the order of recorded answers (acr-behaviour 4.3). Decoding checks what it reads and raises ValueError,
saying what was expected and what came. The catalogue is `oci_json`'s, times are `acr_time`'s.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from fake_registry.spec.attributes import (
    AttributeChanges,
    ChangeableAttributes,
    DeletedRepository,
    ManifestProperties,
    ManifestReference,
    RepositoryProperties,
    TagProperties,
)
from fake_registry.spec.errors import AttributesInvalid
from fake_registry.spec.json_object import JsonObject, decode_object, list_member, member, optional_member
from fake_registry.spec.manifest import Platform
from fake_registry.spec.names import RepositoryName, parse_digest, parse_repository_name, parse_tag
from fake_registry.wire.acr_documents import (
    AttributesDocument,
    DeletedDocument,
    ManifestDocument,
    ManifestItem,
    ManifestsDocument,
    ReferenceItem,
    RepositoryDocument,
    TagDocument,
    TagItem,
    TagsDocument,
)
from fake_registry.wire.acr_time import decode_time, encode_time
from fake_registry.wire.json_text import encode_json, parsed

_SWITCHES: Final[Mapping[str, str]] = {
    "deleteEnabled": "delete_enabled",
    "writeEnabled": "write_enabled",
    "readEnabled": "read_enabled",
    "listEnabled": "list_enabled",
}
_QUARANTINE: Final[Mapping[str, str]] = {
    "quarantineState": "quarantine_state",
    "quarantineDetails": "quarantine_details",
}


def encode_repository(properties: RepositoryProperties, *, registry: str) -> bytes:
    """Return a repository's properties. `registry` is the login server, here and below."""
    document: RepositoryDocument = {
        "registry": registry,
        "imageName": properties.name,
        "createdTime": encode_time(properties.created),
        "lastUpdateTime": encode_time(properties.updated),
        "manifestCount": properties.manifest_count,
        "tagCount": properties.tag_count,
        "changeableAttributes": _attributes_document(properties.attributes),
    }
    return encode_json(document)


def encode_tags(repository: RepositoryName, tags: Iterable[TagProperties], *, registry: str, null_empty: bool) -> bytes:
    """Return a page of tags; with `null_empty` an empty one is null (recorded: `"tags":null`)."""
    items = [_tag_item(tag) for tag in tags]
    document: TagsDocument = {
        "registry": registry,
        "imageName": repository,
        "tags": None if null_empty and not items else items,
    }
    return encode_json(document)


def encode_tag(properties: TagProperties, *, registry: str) -> bytes:
    """Return one tag's properties."""
    document: TagDocument = {
        "registry": registry,
        "imageName": properties.repository,
        "tag": _tag_item(properties),
    }
    return encode_json(document)


def encode_manifests(
    repository: RepositoryName, manifests: Iterable[ManifestProperties], *, registry: str, null_empty: bool
) -> bytes:
    """Return a page of manifests, without references; `null_empty` as in `encode_tags` [I]."""
    items = [_manifest_item(manifest) for manifest in manifests]
    document: ManifestsDocument = {
        "registry": registry,
        "imageName": repository,
        "manifests": None if null_empty and not items else items,
    }
    return encode_json(document)


def encode_manifest(properties: ManifestProperties, *, registry: str) -> bytes:
    """Return one manifest's properties, an index's with its references."""
    item = _manifest_item(properties)
    if properties.references:
        item["references"] = [_reference_item(reference) for reference in properties.references]
    document: ManifestDocument = {"registry": registry, "imageName": properties.repository, "manifest": item}
    return encode_json(document)


def encode_deleted(deleted: DeletedRepository, *, null_empty: bool) -> bytes:
    """Return what went with a repository; `null_empty` as in `encode_tags` (recorded: `"tagsDeleted":null`)."""
    document: DeletedDocument = {
        "manifestsDeleted": None if null_empty and not deleted.manifests else deleted.manifests,
        "tagsDeleted": None if null_empty and not deleted.tags else deleted.tags,
    }
    return encode_json(document)


def _tag_item(properties: TagProperties) -> TagItem:
    return {
        "name": properties.tag,
        "digest": properties.digest,
        "createdTime": encode_time(properties.created),
        "lastUpdateTime": encode_time(properties.updated),
        "signed": False,  # true only with Docker content trust, which nobody can switch on here
        "changeableAttributes": _attributes_document(properties.attributes),
    }


def _manifest_item(properties: ManifestProperties) -> ManifestItem:
    item: ManifestItem = {
        "digest": properties.digest,
        "imageSize": properties.size,
        "createdTime": encode_time(properties.created),
        "lastUpdateTime": encode_time(properties.updated),
    }
    if properties.platform is not None:
        item["architecture"] = properties.platform.architecture
        item["os"] = properties.platform.os
    item["mediaType"] = properties.media_type
    if properties.config_media_type is not None:
        item["configMediaType"] = properties.config_media_type
    if properties.tags:
        item["tags"] = properties.tags
    item["changeableAttributes"] = _attributes_document(properties.attributes)
    return item


def _reference_item(reference: ManifestReference) -> ReferenceItem:
    if reference.platform is None:
        return {"digest": reference.digest}
    return {
        "digest": reference.digest,
        "architecture": reference.platform.architecture,
        "os": reference.platform.os,
    }


def _attributes_document(attributes: ChangeableAttributes) -> AttributesDocument:
    document: AttributesDocument = {
        "deleteEnabled": attributes.delete_enabled,
        "writeEnabled": attributes.write_enabled,
        "readEnabled": attributes.read_enabled,
        "listEnabled": attributes.list_enabled,
    }
    if attributes.quarantine_details is not None:
        document["quarantineDetails"] = attributes.quarantine_details
    if attributes.quarantine_state is not None:
        document["quarantineState"] = attributes.quarantine_state
    return document


def decode_repository(content: bytes) -> RepositoryProperties:
    """Return a repository's properties. Raises ValueError."""
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
    """Return a page of tags. Raises ValueError."""
    document = decode_object(content)
    repository = _repository(document)
    return tuple(_tag(repository, item) for item in list_member(document, "tags", dict))


def decode_tag(content: bytes) -> TagProperties:
    """Return one tag's properties. Raises ValueError."""
    document = decode_object(content)
    return _tag(_repository(document), member(document, "tag", dict))


def decode_manifests(content: bytes) -> tuple[ManifestProperties, ...]:
    """Return a page of manifests. Raises ValueError."""
    document = decode_object(content)
    repository = _repository(document)
    return tuple(_manifest(repository, item) for item in list_member(document, "manifests", dict))


def decode_manifest(content: bytes) -> ManifestProperties:
    """Return one manifest's properties. Raises ValueError."""
    document = decode_object(content)
    return _manifest(_repository(document), member(document, "manifest", dict))


def decode_deleted(content: bytes) -> DeletedRepository:
    """Return what went with a repository. Raises ValueError."""
    document = decode_object(content)
    return DeletedRepository(
        manifests=tuple(parsed(parse_digest, text) for text in list_member(document, "manifestsDeleted", str)),
        tags=tuple(parsed(parse_tag, text) for text in list_member(document, "tagsDeleted", str)),
    )


def _repository(document: JsonObject) -> RepositoryName:
    return parsed(parse_repository_name, member(document, "imageName", str))


def _tag(repository: RepositoryName, item: JsonObject) -> TagProperties:
    return TagProperties(
        repository=repository,
        tag=parsed(parse_tag, member(item, "name", str)),
        digest=parsed(parse_digest, member(item, "digest", str)),
        created=decode_time(member(item, "createdTime", str)),
        updated=decode_time(member(item, "lastUpdateTime", str)),
        attributes=_attributes(item),
    )


def _manifest(repository: RepositoryName, item: JsonObject) -> ManifestProperties:
    tags = list_member(item, "tags", str) if "tags" in item else []
    references = list_member(item, "references", dict) if "references" in item else []
    return ManifestProperties(
        repository=repository,
        digest=parsed(parse_digest, member(item, "digest", str)),
        media_type=member(item, "mediaType", str),
        size=member(item, "imageSize", int),
        created=decode_time(member(item, "createdTime", str)),
        updated=decode_time(member(item, "lastUpdateTime", str)),
        platform=_platform(item),
        config_media_type=optional_member(item, "configMediaType", str),
        tags=tuple(parsed(parse_tag, tag) for tag in tags),
        attributes=_attributes(item),
        references=tuple(
            ManifestReference(digest=parsed(parse_digest, member(entry, "digest", str)), platform=_platform(entry))
            for entry in references
        ),
    )


def _platform(item: JsonObject) -> Platform | None:
    architecture = optional_member(item, "architecture", str)
    os = optional_member(item, "os", str)
    return None if architecture is None or os is None else Platform(architecture=architecture, os=os)


def _attributes(item: JsonObject) -> ChangeableAttributes:
    document = member(item, "changeableAttributes", dict)
    values: dict[str, Any] = {name: member(document, key, bool) for key, name in _SWITCHES.items()}
    values |= {name: optional_member(document, key, str) for key, name in _QUARANTINE.items()}
    return ChangeableAttributes(**values)


def parse_attribute_changes(body: bytes) -> AttributeChanges:
    """Return what a PATCH of a repository or tag changes: any subset of the four switches. Raises AttributesInvalid.

    Other keys are ignored: old registries answer with `teleportEnabled`, and a client may send back what it got. A key
    given twice and a value that is no boolean are refused [I].
    """
    return _changes(body, {})


def parse_manifest_changes(body: bytes) -> AttributeChanges:
    """Return what a PATCH of a manifest changes: the same, and what a scanner says (Azure/acr, preview/quarantine)."""
    return _changes(body, _QUARANTINE)


def _changes(body: bytes, words: Mapping[str, str]) -> AttributeChanges:
    try:
        document = decode_object(body)
        # Any, as above: members by name, each checked to be what its field is
        values: dict[str, Any] = {
            name: member(document, key, bool) for key, name in _SWITCHES.items() if key in document
        }
        values |= {name: member(document, key, str) for key, name in words.items() if key in document}
    except ValueError as error:
        raise AttributesInvalid(str(error)) from None
    return AttributeChanges(**values)


def encode_attribute_changes(changes: AttributeChanges) -> bytes:
    """Return the body of a PATCH that makes `changes`."""
    names = {**_SWITCHES, **_QUARANTINE}
    return encode_json({key: value for key, name in names.items() if (value := getattr(changes, name)) is not None})
