"""Copying an image from one registry to another: `import_image`, what `az acr import` does in ACR's management API."""

from collections.abc import Iterator
from contextlib import closing

from fake_registry.core.registry import Registry
from fake_registry.images.push import ImageRef, parse_image_name
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Reference, RepositoryName, parse_digest, parse_repository_name


def import_image(registry: Registry, source: Registry, name: str, *, image: str | None = None) -> ImageRef:
    """Copy the image `name` of `source`, `repository:tag` or `repository@digest`, with all that it refers to.

    It gets the same name here unless `image` gives another; without a tag none points at it. An index comes with its
    images; referrers stay where they are. (docs: container-registry-import-images; Azure CLI, az acr import.)

    Raises ManifestUnknown and BlobUnknown for what `source` has not, before anything is copied; OperationDisallowed
    where either registry's locks are in the way; NameInvalid, TagInvalid, DigestInvalid for names that are none.
    """
    repository, reference = _source_named(name)
    target, tag = parse_image_name(image if image is not None else name.partition("@")[0])
    manifests = tuple(_tree_of(source, repository, reference))
    blobs = dict.fromkeys(blob.digest for manifest in manifests for blob in manifest.facts.blobs)
    for digest in blobs:
        source.stat_blob(repository, digest)
    for digest in blobs:
        with closing(source.get_blob(repository, digest)) as content:
            registry.put_blob(target, digest, content.chunks())
    *children, root = manifests
    for manifest in children:
        registry.put_manifest(target, manifest)
    registry.put_manifest(target, root, tags=() if tag is None else (tag,))
    return ImageRef(repository=target, tag=tag, manifest=root)


def _source_named(name: str) -> tuple[RepositoryName, Reference]:
    repository, at, digest = name.partition("@")
    if at:
        return parse_repository_name(repository), parse_digest(digest)
    parsed, tag = parse_image_name(name)
    if tag is None:
        raise ValueError(f"expected repository:tag or repository@digest, found {name!r}")
    return parsed, tag


def _tree_of(source: Registry, repository: RepositoryName, reference: Reference) -> Iterator[Manifest]:
    """Yield a manifest behind those that it refers to."""
    manifest = source.get_manifest(repository, reference)
    for child in manifest.facts.manifests:
        yield from _tree_of(source, repository, child.digest)
    yield manifest
