"""The expected documents of ACR's metadata, with keys in order: acr-behaviour 4.3."""

from collections.abc import Mapping

from fake_registry import FakeRegistry
from fake_registry.spec import media_types
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.support.http import (
    CONFIG,
    HOST,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    OCI_INDEX,
    OCI_MANIFEST,
    time_text,
)

HELLO = RepositoryName("samples/hello")
ROOT = "/acr/v1/samples/hello"
OPEN = {"deleteEnabled": True, "writeEnabled": True, "readEnabled": True, "listEnabled": True}
SHUT = dict.fromkeys(OPEN, False)


def repository_document(registry: FakeRegistry, attributes: Mapping[str, bool] = OPEN) -> dict[str, object]:
    found = registry.content.repository_properties(HELLO)
    return {
        "registry": HOST,
        "imageName": "samples/hello",
        "createdTime": time_text(found.created),
        "lastUpdateTime": time_text(found.updated),
        "manifestCount": found.manifest_count,
        "tagCount": found.tag_count,
        "changeableAttributes": dict(attributes),
    }


def tag_document(registry: FakeRegistry, tag: str, attributes: Mapping[str, bool] = OPEN) -> dict[str, object]:
    found = registry.content.tag_properties(HELLO, Tag(tag))
    return {
        "name": tag,
        "digest": found.digest,
        "createdTime": time_text(found.created),
        "lastUpdateTime": time_text(found.updated),
        "signed": False,
        "changeableAttributes": dict(attributes),
    }


def image_document(
    registry: FakeRegistry, attributes: Mapping[str, object] = OPEN, **tags: list[str]
) -> dict[str, object]:
    found = registry.content.manifest_properties(HELLO, IMAGE_DIGEST)
    return {
        "digest": IMAGE_DIGEST,
        "imageSize": len(IMAGE) + len(CONFIG) + len(LAYER),
        "createdTime": time_text(found.created),
        "lastUpdateTime": time_text(found.updated),
        "architecture": "amd64",
        "os": "linux",
        "mediaType": OCI_MANIFEST,
        "configMediaType": media_types.OCI_CONFIG,
        **tags,
        "changeableAttributes": dict(attributes),
    }


def index_document(registry: FakeRegistry, content: bytes, *, references: bool) -> dict[str, object]:
    found = registry.content.manifest_properties(HELLO, digest_of(content))
    item: dict[str, object] = {
        "digest": digest_of(content),
        "imageSize": len(content) + len(IMAGE) + len(CONFIG) + len(LAYER),
        "createdTime": time_text(found.created),
        "lastUpdateTime": time_text(found.updated),
        "mediaType": OCI_INDEX,
        "changeableAttributes": OPEN,
    }
    return {**item, "references": [{"digest": IMAGE_DIGEST}]} if references else item


def in_registry(**members: object) -> dict[str, object]:
    return {"registry": HOST, "imageName": "samples/hello", **members}
