"""The states of all repositories, by name, and the mutex that guards them.

The mutex is never held while a body is read or hashed.
"""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from fake_registry.core.blobs import Blob, UploadSession
from fake_registry.core.changes import Change, ChangeNotes
from fake_registry.core.index import Index, take
from fake_registry.core.state import RepositoryState
from fake_registry.spec.attributes import Page
from fake_registry.spec.names import Digest, RepositoryName

_BYTES_OF_ITEM: Final = 1_000
"""About the memory of an item besides its content."""

CountUploads = Callable[[Iterable[tuple[RepositoryName, UploadSession]]], None]


@dataclass(frozen=True)
class ContentSnapshot:
    """All content of a registry at one time. Opaque; it shares its bytes with the registry."""

    repositories: tuple[RepositoryState, ...]

    @property
    def kept_bytes(self) -> int:
        """About the bytes of memory that it keeps. Content in several repositories counts once."""
        blobs = {id(blob): blob.size for state in self.repositories for blob in state.blobs.values()}
        uploads = {id(session): session.offset for state in self.repositories for session in state.uploads.values()}
        manifests = {
            id(record.manifest): len(record.manifest.content)
            for state in self.repositories
            for record in state.manifests.values()
        }
        tags = sum(len(state.tags) for state in self.repositories)
        items = [*blobs.values(), *uploads.values(), *manifests.values()]
        return sum(items) + _BYTES_OF_ITEM * (len(items) + tags + len(self.repositories))


class Repositories:
    """The repositories of a registry. Safe to use from several threads.

    A repository without content has a state only while `hold` or `change` yields it.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._states: dict[RepositoryName, RepositoryState] = {}
        self._index: Index[RepositoryName] = Index()
        self._notes: ChangeNotes | None = None
        """None unless changes are noted."""

    def hold(self, name: RepositoryName) -> "_Hold":
        """Yield, in a `with` block, the state of a repository, to read it.

        The mutex is held until the block ends.

        The block may also change the state of a repository that exists, in a way that neither
        creates nor empties the repository, nor changes its times or attributes.
        """
        return _Hold(self._mutex, partial(self._state_of, name))

    @contextmanager
    def change(self, name: RepositoryName) -> Iterator[RepositoryState]:
        """Yield the state of a repository, to change it. The mutex is held until the block ends.

        Then a new state is registered, and an empty one is dropped; not if the block raises.
        """
        with self._mutex:
            state = self._state_of(name)
            yield state
            self._register(state)

    def list_names(
        self,
        *,
        after: RepositoryName | None,
        limit: int | None,
    ) -> Page[RepositoryName]:
        """List the repositories that exist and are not hidden from lists, by name."""
        with self._mutex:
            states = self._states
            names = self._index.walk(after=after)
            page, more = take(names, limit, lambda name: states[name].attributes.list_enabled)
            return Page(page, more)

    def all_names(self) -> tuple[RepositoryName, ...]:
        """Return the names of all repositories that exist, hidden ones included, in their order."""
        with self._mutex:
            return tuple(self._index.walk())

    def find_blob(self, digest: Digest) -> Blob | None:
        """Return a blob that some repository has and lets clients read."""
        with self._mutex:
            readable = (state for state in self._states.values() if state.attributes.read_enabled)
            blobs = (state.blobs.get(digest) for state in readable)
            return next((blob for blob in blobs if blob is not None), None)

    def holders_of(self, digest: Digest) -> tuple[RepositoryName, ...]:
        """Return the repositories that have a blob or a manifest of this digest."""
        with self._mutex:
            holders = filter(lambda one: one.has(digest), self._states.values())
            return tuple(sorted(one.name for one in holders))

    def snapshot(self) -> ContentSnapshot:
        """Return all content."""
        with self._mutex:
            return ContentSnapshot(tuple(state.copy() for state in self._states.values()))

    def restore(self, snapshot: ContentSnapshot, count: CountUploads) -> None:
        """Replace all content by that of the snapshot.

        `count` is called with its uploads, while the mutex is held.
        """
        with self._mutex:
            self._states = {}
            self._index = Index()
            if self._notes is not None:
                self._notes.note_removal_of_all()
            for state in snapshot.repositories:
                self._add(state.copy())

            states = self._states.values()
            count((state.name, session) for state in states for session in state.uploads.values())

    def note_changes(self) -> None:
        """Note all changes from now on, beginning with all content that there is."""
        with self._mutex:
            self._notes = ChangeNotes()
            self._notes.note_removal_of_all()
            for state in tuple(self._states.values()):
                self._add(state)

    @property
    def has_changes(self) -> bool:
        """Whether there are changes to take."""
        return self._notes is not None and self._notes.waiting

    def take_changes(self) -> list[Change]:
        """Return the changes since they were taken last, in their order.

        No change of one call is without the others: the mutex is held while a call changes a state.
        """
        with self._mutex:
            return [] if self._notes is None else self._notes.take()

    def _add(self, state: RepositoryState) -> None:
        """Register a state, and note all that it has."""
        if self._notes is not None:
            self._notes.watch(state)
            self._notes.note_all(state)
        self._register(state)

    def _state_of(self, name: RepositoryName) -> RepositoryState:
        """Return the state; a new one, which `_register` adds, if there is none."""
        return self._states.get(name) or self._new_state(name)

    def _new_state(self, name: RepositoryName) -> RepositoryState:
        state = RepositoryState(name=name)
        if self._notes is not None:
            self._notes.watch(state)
        return state

    def _register(self, state: RepositoryState) -> None:
        """Keep a state unless it is empty. List its repository if it exists."""
        if state.empty:
            self._states.pop(state.name, None)
        else:
            self._states[state.name] = state

        if state.exists:
            self._index.put(state.name, state.created)
        else:
            self._index.discard(state.name)

        if self._notes is not None:
            self._notes.note_facts(state)


class _Hold:
    """What `Repositories.hold` returns. A class, as `contextmanager` costs more than most reads."""

    __slots__ = ("_find", "_mutex")

    def __init__(self, mutex: threading.Lock, find: Callable[[], RepositoryState]) -> None:
        self._mutex = mutex
        self._find = find

    def __enter__(self) -> RepositoryState:
        self._mutex.acquire()
        try:
            return self._find()
        except BaseException:
            self._mutex.release()
            raise

    def __exit__(self, *exc_details: object) -> None:
        self._mutex.release()
