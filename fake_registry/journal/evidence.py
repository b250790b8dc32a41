"""`Evidence`: the requests of a failed test and the content after them, for the hints of its report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from fake_registry.journal.exchange import Exchange
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Digest, RepositoryName, Tag


class Content(Protocol):
    """The content of a registry, whatever its locks say. A missing repository has none."""

    def repositories(self) -> Sequence[RepositoryName]:
        """Return the names of all repositories."""

    def tags(self, repository: RepositoryName) -> Sequence[Tag]:
        """Return the tags of a repository."""

    def manifests(self, repository: RepositoryName) -> Iterable[Manifest]:
        """Return the manifests of a repository."""

    def repositories_with_blob(self, digest: Digest) -> Sequence[RepositoryName]:
        """Return the repositories that have a blob."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """The requests to one registry, its content after them, and the failure of the test."""

    exchanges: tuple[Exchange, ...]
    content: Content
    async_clients: tuple[str, ...] = ()
    """The fixtures of async clients that the test has."""
    failure: str = ""
    """The failure as pytest shows it, with the message of the exception."""
