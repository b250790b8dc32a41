"""Children of an index in a registry: manifests or blobs (`spec.graph`)."""

from fake_registry.core.registry import Registry
from fake_registry.spec import media_types
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown
from fake_registry.spec.manifest import Descriptor, Manifest
from fake_registry.spec.names import Digest, RepositoryName


def read_child(
    registry: Registry,
    repository: RepositoryName,
    child: Descriptor,
) -> Manifest | None:
    """Return the manifest that an index refers to; None for a blob. ManifestUnknown for neither.

    The media type decides where the child is looked for first: CNCF distribution answers 500 if the
    digest of a blob is requested as a manifest.
    """
    is_manifest_type = child.media_type in media_types.MANIFESTS
    if not is_manifest_type and _has_blob(registry, repository, child.digest):
        return None

    try:
        return registry.get_manifest(repository, child.digest)
    except ManifestUnknown:
        if is_manifest_type and _has_blob(registry, repository, child.digest):
            return None
        raise


def _has_blob(registry: Registry, repository: RepositoryName, digest: Digest) -> bool:
    try:
        registry.stat_blob(repository, digest)
    except BlobUnknown:
        return False
    return True
