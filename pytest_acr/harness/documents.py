"""Manifests that the steps push: a few documents, written in several styles of JSON."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from pytest_acr.harness.model import StoredManifest, digest_of

OCI_IMAGE: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
DOCKER_IMAGE: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"

ALL_TYPES: Final = ", ".join((OCI_IMAGE, OCI_INDEX, DOCKER_IMAGE, DOCKER_LIST, "*/*"))
"""An Accept header with which a registry sends every manifest."""

ARTIFACT_TYPES: Final = ("application/vnd.example.sbom+v1", "application/vnd.example.sbom+v1.1")
"""One begins with the other: a filter has to compare all of it. A plus sign has to be escaped."""

EXAMPLE_CONFIG: Final = "application/vnd.example.config"
INDEX_KIND: Final = 3

EXAMPLE_TYPE: Final = "application/vnd.example.unknown+json"
"""A type of manifests that no document defines."""

_LAYER: Final = "application/vnd.oci.image.layer.v1.tar"
_DOCKER_LAYER: Final = "application/vnd.docker.image.rootfs.diff.tar.gzip"
_DOCKER_CONFIG: Final = "application/vnd.docker.container.image.v1+json"
_OCI_CONFIG: Final = "application/vnd.oci.image.config.v1+json"

_STYLES: Final[tuple[dict[str, Any], ...]] = (  # Any: parameters of json.dumps
    {"separators": (",", ":")},
    {"indent": 3},
    {"sort_keys": True},
    {"separators": (" ,", " : ")},
)

Document = dict[str, Any]  # Any: a JSON value


def describe(content: bytes, media_type: str) -> Document:
    """Return the descriptor of a content: image-spec, Descriptors."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


def write_manifest(document: Document, media_type: str, style: int) -> StoredManifest:
    """Return a manifest whose bytes are the document in one of four styles."""
    content = json.dumps(document, **_STYLES[style % len(_STYLES)]).encode()
    return StoredManifest(content, media_type, digest_of(content), document)


def image_document(config: bytes, layers: Sequence[bytes], *, docker: bool) -> Document:
    """Return the document of an image: image-spec, Image Manifest; or Docker's schema 2."""
    config_type = _DOCKER_CONFIG if docker else _OCI_CONFIG
    layer_type = _DOCKER_LAYER if docker else _LAYER
    return {
        "schemaVersion": 2,
        "mediaType": DOCKER_IMAGE if docker else OCI_IMAGE,
        "config": describe(config, config_type),
        "layers": [describe(layer, layer_type) for layer in layers],
    }


def index_document(children: Sequence[StoredManifest]) -> Document:
    """Return the document of an index: image-spec, Image Index."""
    entries = [describe(child.content, child.media_type) for child in children]
    return {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}


def sha512_index(note: str) -> StoredManifest:
    """Return an index without manifests, under its sha512 digest."""
    document = {**index_document([]), "annotations": {"org.example.note": note}}
    manifest = write_manifest(document, OCI_INDEX, 0)
    return replace(manifest, digest=digest_of(manifest.content, "sha512"))


def referrer_document(config: bytes, subject: Document, kind: int, note: str) -> Document:
    """Return the document of a manifest with a subject, of one of four kinds.

    The first two are images with an artifactType, the third is one whose type is that of its
    config, and the fourth is an index.
    """
    document: Document = {"schemaVersion": 2, "mediaType": OCI_IMAGE, "subject": subject}
    if kind == INDEX_KIND:
        document |= {"mediaType": OCI_INDEX, "manifests": []}
    else:
        document |= {"config": describe(config, EXAMPLE_CONFIG), "layers": []}
    if kind < len(ARTIFACT_TYPES):
        document["artifactType"] = ARTIFACT_TYPES[kind]
    if note:
        document["annotations"] = {"org.example.note": note}
    return document
