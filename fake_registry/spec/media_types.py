"""Media types of manifests, configs and layers, each with the document that defines it."""

from typing import Final

OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
"""image-spec v1.1, Image Manifest."""
OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
"""image-spec v1.1, Image Index."""
OCI_ARTIFACT: Final = "application/vnd.oci.artifact.manifest.v1+json"
"""image-spec v1.1.0-rc2, Artifact Manifest; withdrawn before v1.1.0, still accepted by ACR."""
ORAS_ARTIFACT: Final = "application/vnd.cncf.oras.artifact.manifest.v1+json"
"""oras-project/artifacts-spec, Artifact Manifest."""
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
"""CNCF distribution, Image Manifest Version 2, Schema 2."""
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
"""CNCF distribution, Manifest List."""

OCI_CONFIG: Final = "application/vnd.oci.image.config.v1+json"
"""image-spec v1.1, Image Configuration."""
OCI_EMPTY: Final = "application/vnd.oci.empty.v1+json"
"""image-spec v1.1, Guidance for an Empty Descriptor: the two bytes `{}`."""
OCI_LAYER: Final = "application/vnd.oci.image.layer.v1.tar"
OCI_LAYER_GZIP: Final = "application/vnd.oci.image.layer.v1.tar+gzip"
OCI_LAYER_ZSTD: Final = "application/vnd.oci.image.layer.v1.tar+zstd"
"""image-spec v1.1, Image Layer Filesystem Changeset."""
DOCKER_CONFIG: Final = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER_GZIP: Final = "application/vnd.docker.image.rootfs.diff.tar.gzip"
"""CNCF distribution, Image Manifest Version 2, Schema 2."""

OCTET_STREAM: Final = "application/octet-stream"

IMAGES: Final = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
"""Manifests with a config and layers."""
INDEXES: Final = frozenset({OCI_INDEX, DOCKER_LIST})
"""Manifests that refer to manifests."""
ARTIFACTS: Final = frozenset({OCI_ARTIFACT, ORAS_ARTIFACT})
"""Manifests with blobs and no config."""
MANIFESTS: Final = IMAGES | INDEXES | ARTIFACTS

IMAGE_CONFIGS: Final = frozenset({OCI_CONFIG, DOCKER_CONFIG})
"""Configs with the platform of an image."""

_NONDISTRIBUTABLE: Final = (
    "application/vnd.oci.image.layer.nondistributable.v1.tar",
    "application/vnd.docker.image.rootfs.foreign.diff.tar",
)
"""image-spec v1.1, Non-Distributable Layers (deprecated); CNCF distribution, foreign layers."""


def is_nondistributable(media_type: str) -> bool:
    """Return whether a layer of this type need not be in the registry."""
    return media_type.startswith(_NONDISTRIBUTABLE)
