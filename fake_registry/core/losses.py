"""Content that a registry with a fault loses, whatever locks protect it."""

from fake_registry.core import content
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.state import find_manifest
from fake_registry.spec.names import Reference, RepositoryName


def lose_manifest(
    registry: MemoryRegistry,
    repository: RepositoryName,
    reference: Reference,
) -> None:
    """Remove a manifest, and leave its tags. ManifestUnknown."""
    with registry.repositories.change(repository) as state:
        content.lose_manifest(state, find_manifest(state, reference).manifest.digest)
