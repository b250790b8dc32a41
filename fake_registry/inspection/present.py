"""`PresentContent`: a registry's content as it is now, for the hints of the journal."""

from collections.abc import Iterable, Sequence

from fake_registry.core.memory import MemoryRegistry
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag


class PresentContent:
    """The names, tags, manifests and blobs of a registry at each call, whatever its locks say."""

    def __init__(self, content: MemoryRegistry) -> None:
        self._content = content

    def repositories(self) -> Sequence[RepositoryName]:
        """Return the names of all repositories."""
        return self._content.repositories.all_names()

    def tags(self, repository: RepositoryName) -> Sequence[Tag]:
        """Return the tags of a repository, sorted."""
        with self._content.repositories.hold(repository) as state:
            return sorted(state.tags)

    def manifests(self, repository: RepositoryName) -> Iterable[Manifest]:
        """Return the manifests of a repository."""
        with self._content.repositories.hold(repository) as state:
            return [record.manifest for record in state.manifests.values()]

    def repositories_with_blob(self, digest: Digest) -> Sequence[RepositoryName]:
        """Return the repositories that have a blob, sorted."""
        states = self._content.snapshot().repositories
        return sorted(state.name for state in states if digest in state.blobs)
