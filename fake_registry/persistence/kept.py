"""`KeptContent`: the content of a state file, as its lines make it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from msgspec import UNSET

from fake_registry.auth.accounts import Accounts
from fake_registry.persistence.documents import RepositoryChanges, StateLine
from fake_registry.spec.names import Digest


class KeptContent:
    """All items by repository, the roles and tokens, and the files that are needed."""

    def __init__(self) -> None:
        self.repositories: dict[str, RepositoryChanges] = {}
        """No item in it is None, and no facts are unset."""
        self.accounts = Accounts()
        self.contents: dict[Digest, bytes] = {}
        """Short content that may have no file yet."""
        self._uses: Counter[str] = Counter()
        """For each digest, how many tables of repositories have it."""

    def apply(self, line: StateLine) -> set[Digest]:
        """Apply the changes of a line. Return the digests that fell out of a table."""
        dropped: set[str] = set()
        if line.clear:
            dropped.update(self._uses)
            self.repositories.clear()
            self._uses.clear()
        for name, changes in line.repositories.items():
            self._apply(name, changes, dropped)
        self.contents.update((Digest(digest), content) for digest, content in line.contents.items())
        if line.accounts is not UNSET:
            self.accounts = line.accounts
        return {Digest(digest) for digest in dropped}

    def needs(self, digest: Digest) -> bool:
        """Return whether a repository has a blob or a manifest of this digest."""
        return digest in self._uses

    def as_line(self) -> StateLine:
        """Return a line that makes this state out of any other. All content must have files."""
        return StateLine(clear=True, repositories=self.repositories, accounts=self.accounts)

    def _apply(self, name: str, changes: RepositoryChanges, dropped: set[str]) -> None:
        state = self.repositories.setdefault(name, RepositoryChanges(facts=None))
        if changes.facts is not UNSET:
            state.facts = changes.facts
        for table, changed in (
            (state.blobs, changes.blobs),
            (state.manifests, changes.manifests),
        ):
            self._count(table, changed, dropped)
            _merge(table, changed)
        _merge(state.tags, changes.tags)
        if state.facts is None and not (state.blobs or state.manifests or state.tags):
            del self.repositories[name]

    def _count(self, table: Mapping[str, object], changed: Mapping[str, object], dropped: set[str]) -> None:
        for digest, item in changed.items():
            if item is not None and digest not in table:
                self._uses[digest] += 1
            elif item is None and digest in table:
                self._uses[digest] -= 1
                dropped.add(digest)
                if not self._uses[digest]:
                    del self._uses[digest]


def _merge(table: dict[str, Any], changed: Mapping[str, Any]) -> None:  # Any: items of one table
    for key, item in changed.items():
        if item is None:
            table.pop(key, None)
        else:
            table[key] = item
