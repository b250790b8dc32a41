"""`KnownContent`: the content of a registry that a test writes down, for hints and advice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag


@dataclass
class KnownContent:
    """The tags of repositories, the manifests of `dev/web`, and the repositories of blobs."""

    tagged: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kept: Sequence[Manifest] = ()
    blobs: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def repositories(self) -> Sequence[RepositoryName]:
        return [RepositoryName(name) for name in self.tagged]

    def tags(self, repository: RepositoryName) -> Sequence[Tag]:
        return [Tag(tag) for tag in self.tagged.get(repository, ())]

    def manifests(self, repository: RepositoryName) -> Iterable[Manifest]:
        return self.kept if repository == "dev/web" else ()

    def repositories_with_blob(self, digest: Digest) -> Sequence[RepositoryName]:
        return [RepositoryName(name) for name in self.blobs.get(digest, ())]
