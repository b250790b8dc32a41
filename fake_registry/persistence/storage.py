"""`Storage`: one registry and the folder that keeps its content.

The order of lines in the state file is the order of changes. A call notes its changes with the
mutex of the core held. `store` takes all of them together with a number, with its own mutex held;
it then writes the files of long content with no mutex held, and waits until all lines of lower
numbers are written before it appends its own. So changes are taken in their order, and lines are
appended in that of the numbers. The core's mutex is held only while the list is taken, never while
anything is written. A request whose changes another thread took waits for the line of that thread,
which has a lower number.
"""

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from errno import ESHUTDOWN
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import UNSET

from fake_registry.fake import FakeRegistry
from fake_registry.persistence.documents import HEADER, encode_line
from fake_registry.persistence.encoding import FileContents, line_of
from fake_registry.persistence.errors import StorageError
from fake_registry.persistence.files import STATE_NAME, BlobFiles, StateFile, write_file
from fake_registry.persistence.index import encode_index, entries_of
from fake_registry.persistence.kept import KeptContent

if TYPE_CHECKING:
    from fake_registry.auth.accounts import Accounts
    from fake_registry.core.changes import Change
    from fake_registry.spec.names import Digest

_LEAST_PAUSE_SECONDS: Final = 0.05
"""The time from a change to the next `index.json`: changes that follow each other share one."""

_PAUSES_PER_WRITE: Final = 10
"""An index of many tags takes long to write: the pause is so many times as long."""

_SHORT_BYTES: Final = 65_536
"""Content of at most so many bytes is in the line of its change; it gets a file before it is in
`index.json`. To make a file takes longer than all else that a push of a small image does."""

_RETRY_SECONDS: Final = 5.0
"""The time from a failure to write `index.json` to the next try."""

_MOST_STATE_BYTES: Final = 64 * 1024 * 1024
"""A longer state file is written anew if it has grown to more than twice what it was."""


class Storage:
    """Stores the changes of a registry in a folder that is a layout. Used by several threads."""

    def __init__(
        self,
        registry: FakeRegistry,
        root: Path,
        files: BlobFiles,
        *,
        on_failure: Callable[[StorageError], None],
    ) -> None:
        """`on_failure` is called if `index.json` cannot be written; it is tried again."""
        self._registry = registry
        self._root = root
        self._files = files
        self._on_failure = on_failure
        self._repositories = registry.content.repositories
        self._state_file = StateFile(root / STATE_NAME)
        self._kept = KeptContent()
        self._mutex = threading.Lock()
        self._accounts: Accounts | None = None
        """Roles and tokens as they were stored last."""
        self._turn = threading.Condition(self._mutex)
        self._numbers = 0
        """The numbers that `store` has given to its callers."""
        self._appended = 0
        """The number whose line is the next one."""
        self._unwritten: list[Change] = []
        """Changes that could not be written. They are tried again, before those that follow."""
        self._unneeded: set[Digest] = set()
        """Files that a repository has needed, and perhaps none does any more."""
        self._compact_bytes = 0
        self._tidying = threading.Lock()
        """Held while `index.json` is written: an older one must not take the place of a newer one."""
        self._changed = threading.Event()
        self._closing = threading.Event()
        self._is_closed = False
        self._thread = threading.Thread(target=self._keep_tidy, name="fake-registry-index", daemon=True)

    @property
    def has_changes(self) -> bool:
        """Whether there are changes that no thread has begun to store."""
        return self._repositories.has_changes or self._registry.accounts() is not self._accounts

    def start(self, *, clean: bool) -> None:
        """Write the whole content, and store changes from now on. OSError.

        With `clean` the files of content that the registry does not have are removed; otherwise
        they stay until they are in the way.
        """
        self._repositories.note_changes()
        with self._mutex:
            changes, self._accounts = self._repositories.take_changes(), self._registry.accounts()
            line, contents = line_of(changes, self._accounts)
            self._write_files(contents)
            self._kept.apply(line)
            self._compact()
            others = {digest for digest in self._files if not self._kept.needs(digest)}
            if clean:
                self._unneeded = others
            self._files.distrust(others)
        self.tidy()
        self._thread.start()

    def store(self) -> None:
        """Write all changes so far. StorageError; they are then written by a later call."""
        with self._mutex:
            changes, accounts = self._repositories.take_changes(), self._registry.accounts()
            number = self._numbers
            self._numbers += 1
        try:
            if changes:
                with suppress(OSError):  # tried again below
                    self._write_files(line_of(changes)[1], above=_SHORT_BYTES)
        finally:
            with self._turn:
                self._turn.wait_for(lambda: self._appended == number)
                try:
                    self._append(changes, accounts)
                except OSError as error:
                    raise self._failure(error) from error
                finally:
                    self._appended += 1
                    self._turn.notify_all()

    def tidy(self) -> float:
        """Give short content its files, and write `index.json`; then remove the files that it no
        longer needs. OSError.

        Return the seconds that the index took.
        """
        with self._tidying:
            self._write_short_files()  # most of it without the mutex
            begun = time.monotonic()
            self._write_index()
            return time.monotonic() - begun

    def _write_short_files(self) -> None:
        with self._mutex:
            contents = dict(self._kept.contents)
        self._write_needed(contents)

        with self._mutex:
            for digest in contents:
                # it may have been deleted and pushed again
                if self._files.has(digest) or not self._kept.needs(digest):
                    self._kept.contents.pop(digest, None)

    def _write_index(self) -> None:
        with self._mutex:
            self._state_file.check()
            # of an image whose parts came meanwhile: a reader of the index looks for all of them
            self._give_files()
            entries = entries_of(self._kept)
            unneeded = {digest for digest in self._unneeded if not self._kept.needs(digest)}
            self._unneeded = set(unneeded)

        write_file(str(self._root / "index.json"), (encode_index(entries),))

        with self._mutex:
            self._remove(unneeded)
            if self._state_file.size > max(_MOST_STATE_BYTES, 2 * self._compact_bytes):
                self._compact()

    def _remove(self, unneeded: "set[Digest]") -> None:
        for digest in unneeded:
            if not self._kept.needs(digest):  # it may have been pushed again
                self._files.remove(digest)
        self._unneeded -= unneeded

    def close(self) -> None:
        """Store all changes, and write `index.json`. StorageError."""
        self._closing.set()
        self._changed.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            self.store()
            self.tidy()
            with self._mutex:
                self._compact()
        except OSError as error:
            raise self._failure(error) from error
        finally:
            with self._mutex:
                self._state_file.close()
                self._is_closed = True

    def _failure(self, error: OSError) -> StorageError:
        return StorageError(f"cannot write to {self._root}: {error.strerror}")

    def _append(self, changes: "list[Change]", accounts: "Accounts") -> None:
        """Write changes, after those that could not be written before. OSError."""
        if self._is_closed:  # another process may store in the folder now
            raise OSError(ESHUTDOWN, "the server has ended")

        self._unwritten += changes
        if not self._unwritten and accounts is self._accounts:
            return

        line, contents = line_of(self._unwritten, UNSET if accounts is self._accounts else accounts)
        self._write_files(contents, above=_SHORT_BYTES)
        line.contents = {
            digest: b"".join(pieces)
            for digest, pieces in contents.items()
            if sum(map(len, pieces)) <= _SHORT_BYTES and not self._files.has(digest)
        }
        self._state_file.append(encode_line(line))
        self._unwritten = []
        self._accounts = accounts
        self._unneeded |= self._kept.apply(line)
        self._changed.set()

    def _write_files(self, contents: FileContents, *, above: int = -1) -> None:
        """Write the content that has more than `above` bytes. OSError.

        A file that is distrusted is replaced at any size: a start after a kill reads the file, not
        the line.
        """
        for digest, pieces in contents.items():
            if sum(map(len, pieces)) > above or self._files.distrusts(digest):
                self._files.write(digest, pieces)

    def _give_files(self) -> None:
        """Give all short content its files, with the mutex held. OSError."""
        self._write_needed(self._kept.contents)
        self._kept.contents.clear()

    def _write_needed(self, contents: "Mapping[Digest, bytes]") -> None:
        for digest, content in contents.items():
            if self._kept.needs(digest):
                self._files.write(digest, (content,))

    def _compact(self) -> None:
        """Write the state file anew: its line has no content, so that all content needs a file."""
        self._give_files()
        self._state_file.replace((HEADER, encode_line(self._kept.as_line())))
        self._compact_bytes = self._state_file.size

    def _keep_tidy(self) -> None:
        """Write `index.json` soon after changes, until `close`. The thread's function."""
        pause = _LEAST_PAUSE_SECONDS
        failed = False
        while not self._closing.is_set():
            self._changed.wait()
            self._closing.wait(pause)
            self._changed.clear()

            try:
                pause = max(_LEAST_PAUSE_SECONDS, _PAUSES_PER_WRITE * self.tidy())
                failed = False
            except OSError as error:
                if not failed:
                    self._on_failure(self._failure(error))
                failed, pause = True, _RETRY_SECONDS
                self._changed.set()
