"""Layouts written by hand, as other tools write them; helpers that read a whole registry."""

import json
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.registry import Registry
from fake_registry.settings import Settings
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.names import RepositoryName, digest_of
from tests.support.backends import memory
from tests.support.images import Built, read_blob

REF_NAME = "org.opencontainers.image.ref.name"
CONTAINERD_NAME = "io.containerd.image.name"


def empty_registry() -> AbstractContextManager[MemoryRegistry]:
    """Open a registry in memory, as real ACR is."""
    return memory(Settings())


def file_of(path: Path, digest: str) -> Path:
    """Return the path of the blob `digest` in a layout."""
    return path / "blobs" / digest.replace(":", "/")


def write_blob(path: Path, content: bytes, algorithm: str = "sha256") -> None:
    """Write content under its digest."""
    file = file_of(path, digest_of(content, algorithm))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


def write_index(path: Path, entries: Iterable[Mapping[str, Any]]) -> None:  # Any: JSON
    """Write `oci-layout` and `index.json`."""
    (path / "blobs").mkdir(parents=True, exist_ok=True)
    (path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    (path / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [*entries]}))


def write_built(path: Path, *built: Built) -> None:
    """Write manifests and their blobs."""
    for one in built:
        write_blob(path, one.manifest.content, one.digest.partition(":")[0])
        for blob in one.blobs:
            write_blob(path, blob, one.algorithm)


def entry_of(descriptor: Descriptor, name: str | None = None, **members: object) -> dict[str, object]:
    """Return an entry of `index.json`, with `name` if given; `members` replace or add."""
    annotations = {} if name is None else {"annotations": {REF_NAME: name}}
    identity = {"mediaType": descriptor.media_type, "digest": descriptor.digest, "size": descriptor.size}
    return {**identity, **annotations, **members}


def files_in(path: Path) -> dict[str, bytes]:
    """Return every file below `path`."""
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def content_of(registry: MemoryRegistry) -> dict[str, object]:
    """Return the tags, manifests, blobs and referrers of each repository of a registry."""
    return {name: _repository_content(registry, name) for name in registry.list_repositories().items}


def _repository_content(registry: MemoryRegistry, name: RepositoryName) -> dict[str, object]:
    manifests = [registry.get_manifest(name, found.digest) for found in registry.list_manifests(name).items]
    blobs = {blob.digest for manifest in manifests for blob in manifest.facts.blobs}
    return {
        "tags": tags_of(registry, name),
        "manifests": {manifest.digest: (manifest.media_type, manifest.content) for manifest in manifests},
        "blobs": {digest: read_blob(registry, name, digest) for digest in blobs},
        "referrers": {m.digest: registry.list_referrers(name, m.digest).items for m in manifests},
    }


def tags_of(registry: Registry, name: RepositoryName) -> dict[str, str]:
    """Return the digests of a repository's tags."""
    return {tag: registry.stat_manifest(name, tag).digest for tag in registry.list_tags(name).items}
