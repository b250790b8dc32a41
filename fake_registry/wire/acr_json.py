"""The `/acr/v1` documents as a registry writes them (ACR 2021-07-01).

Keys are in the order of recorded answers (acr-behaviour 4.3). The catalogue is in `oci_json`,
bodies of a PATCH in `acr_changes`. `registry` is the login server, `null_empty` writes an empty
list as null (recorded: `"tags":null`, `"tagsDeleted":null`).
"""

from collections.abc import Iterable

from fake_registry.spec.attributes import (
    ChangeableAttributes,
    DeletedRepository,
    ManifestProperties,
    ManifestReference,
    RepositoryProperties,
    TagProperties,
)
from fake_registry.spec.names import RepositoryName
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
from fake_registry.wire.acr_time import encode_time
from fake_registry.wire.json_text import encode_json, list_or_null


def encode_repository(properties: RepositoryProperties, *, registry: str) -> bytes:
    """Return a repository's properties."""
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


def encode_tags(
    repository: RepositoryName,
    tags: Iterable[TagProperties],
    *,
    registry: str,
    null_empty: bool,
) -> bytes:
    """Return a page of tags."""
    items = [_tag_item(tag) for tag in tags]
    document: TagsDocument = {
        "registry": registry,
        "imageName": repository,
        "tags": list_or_null(items, null_empty=null_empty),
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
    repository: RepositoryName,
    manifests: Iterable[ManifestProperties],
    *,
    registry: str,
    null_empty: bool,
) -> bytes:
    """Return a page of manifests, without references. `null_empty` is [I] here."""
    items = [_manifest_item(manifest) for manifest in manifests]
    document: ManifestsDocument = {
        "registry": registry,
        "imageName": repository,
        "manifests": list_or_null(items, null_empty=null_empty),
    }
    return encode_json(document)


def encode_manifest(properties: ManifestProperties, *, registry: str) -> bytes:
    """Return one manifest's properties, with the references of an index."""
    item = _manifest_item(properties)
    if properties.references:
        item["references"] = [_reference_item(reference) for reference in properties.references]

    document: ManifestDocument = {
        "registry": registry,
        "imageName": properties.repository,
        "manifest": item,
    }
    return encode_json(document)


def encode_deleted(deleted: DeletedRepository, *, null_empty: bool) -> bytes:
    """Return the manifests and tags that were removed with a repository."""
    document: DeletedDocument = {
        "manifestsDeleted": list_or_null(deleted.manifests, null_empty=null_empty),
        "tagsDeleted": list_or_null(deleted.tags, null_empty=null_empty),
    }
    return encode_json(document)


def _tag_item(properties: TagProperties) -> TagItem:
    return {
        "name": properties.tag,
        "digest": properties.digest,
        "createdTime": encode_time(properties.created),
        "lastUpdateTime": encode_time(properties.updated),
        "signed": False,  # true with Docker content trust, which this registry does not have
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
