"""Changes of content, in their order, for a store that keeps the content elsewhere as well.

`Repositories.note_changes` switches them on. Without it the tables of a state are plain dicts, and
a call makes no object more.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, NamedTuple, Self, TypeVar

from fake_registry.core.blobs import Blob
from fake_registry.core.state import ManifestRecord, RepositoryState, TagRecord
from fake_registry.spec.attributes import ChangeableAttributes
from fake_registry.spec.names import RepositoryName

Key = TypeVar("Key", bound=str)
Value = TypeVar("Value")

ContentTable = Literal["blobs", "manifests", "tags", "facts", "all"]
"""What a change is of. `facts` are the times and the locks of a repository; `all` removes all
content, before the changes that follow."""


@dataclass(frozen=True)
class RepositoryFacts:
    """What a repository is besides its tables."""

    created: int
    updated: int
    attributes: ChangeableAttributes


class Change(NamedTuple):
    """One item as it is after a call. Without a record the item is removed."""

    table: ContentTable
    repository: RepositoryName
    key: str
    record: Blob | ManifestRecord | TagRecord | RepositoryFacts | None


_REMOVAL_OF_ALL: Final = Change("all", RepositoryName(""), "", None)

_Note = Callable[[str, Any], None]  # Any: the record of any table


class NotedTable(dict[Key, Value]):
    """A table that notes its changes. It reads as fast as a dict."""

    __slots__ = ("_note",)

    def __init__(self, items: dict[Key, Value], note: _Note) -> None:
        super().__init__(items)
        self._note = note

    def __setitem__(self, key: Key, value: Value) -> None:
        super().__setitem__(key, value)
        self._note(key, value)

    def __delitem__(self, key: Key) -> None:
        super().__delitem__(key)
        self._note(key, None)

    def setdefault(self, key: Key, default: Value) -> Value:
        """As `dict.setdefault`. The default value is required: a table has no empty records."""
        if key not in self:
            self[key] = default
        return self[key]

    def pop(self, key: Key, *default: Any) -> Any:  # Any: as of a dict
        """As of a dict."""
        if key not in self:
            return super().pop(key, *default)

        value = self[key]
        del self[key]
        return value

    def clear(self) -> None:
        """As of a dict."""
        for key in list(self):
            del self[key]

    def popitem(self) -> tuple[Key, Value]:
        """Refuse it: no code needs it yet, and it would change the table unnoted."""
        raise NotImplementedError("popitem of a table")

    def update(self, *_: object, **__: object) -> None:
        """Refuse it, as `popitem`."""
        raise NotImplementedError("update of a table")

    def __ior__(self, _: object) -> Self:  # type: ignore[misc, override]  # it has no result
        """Refuse it, as `popitem`."""
        raise NotImplementedError("|= of a table")


class ChangeNotes:
    """The changes since they were taken last. Used with the mutex of `repositories` held."""

    def __init__(self) -> None:
        self._changes: list[Change] = []
        self._facts: dict[RepositoryName, RepositoryFacts] = {}
        """The facts that were noted last of each repository that has content."""

    @property
    def waiting(self) -> bool:
        """Whether there are any. It may be read without the mutex."""
        return bool(self._changes)

    def take(self) -> list[Change]:
        """Return the changes, and forget them."""
        taken, self._changes = self._changes, []
        return taken

    def watch(self, state: RepositoryState) -> None:
        """Note all changes of a state's tables from now on."""
        state.blobs = NotedTable(state.blobs, self._noter("blobs", state))
        state.manifests = NotedTable(state.manifests, self._noter("manifests", state))
        state.tags = NotedTable(state.tags, self._noter("tags", state))

    def note_facts(self, state: RepositoryState) -> None:
        """Note the facts of a state that may have changed. One with uploads alone has none."""
        facts = None
        if state.exists or state.blobs:
            facts = RepositoryFacts(state.created, state.updated, state.attributes)
        if facts == self._facts.get(state.name):
            return

        self._changes.append(Change("facts", state.name, "", facts))
        if facts is None:
            del self._facts[state.name]
        else:
            self._facts[state.name] = facts

    def note_removal_of_all(self) -> None:
        """Note that all content is removed."""
        self._changes = [_REMOVAL_OF_ALL]  # those before it have no effect any more
        self._facts = {}

    def note_all(self, state: RepositoryState) -> None:
        """Note the whole content of a state."""
        self.note_facts(state)
        for digest, blob in state.blobs.items():
            self._changes.append(Change("blobs", state.name, digest, blob))
        for digest, manifest in state.manifests.items():
            self._changes.append(Change("manifests", state.name, digest, manifest))
        for tag, record in state.tags.items():
            self._changes.append(Change("tags", state.name, tag, record))

    def _noter(self, table: ContentTable, state: RepositoryState) -> _Note:
        repository = state.name

        def note(key: str, record: Any) -> None:  # Any: as in `_Note`
            self._changes.append(Change(table, repository, key, record))
            if repository not in self._facts:
                self.note_facts(state)

        return note
