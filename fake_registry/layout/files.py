"""Files of a folder: restored together, locked against a second writer.

One file alone is replaced by `atomic_file.replacement_of`.
"""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from fake_registry.atomic_file import TEMPORARY_NAME, open_durable, temporary_beside


class PendingReplacement:
    """New content for a file, or for a link, which keeps its place until `apply`.

    Either `finish` or `undo` must follow, whatever has happened until then.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new = temporary_beside(path)
        self._old = temporary_beside(path)

    def open(self) -> AbstractContextManager[BinaryIO]:
        """Return the new file, to be written in a `with` block."""
        return open_durable(self._new)

    def apply(self) -> None:
        """Put the new file in its place. The old one is kept beside it."""
        self._path.replace(self._old)
        self._new.replace(self._path)

    def finish(self) -> None:
        """Remove the old file."""
        self._old.unlink(missing_ok=True)

    def undo(self) -> None:
        """Restore the old file, and remove the new one."""
        if os.path.lexists(self._old):
            self._old.replace(self._path)
        self._new.unlink(missing_ok=True)


def is_temporary(path: Path) -> bool:
    """Return whether a killed process can have left this file, or link, by the functions here."""
    is_named_so = TEMPORARY_NAME.fullmatch(path.name) is not None
    return is_named_so and (path.is_symlink() or path.is_file())


@contextmanager
def lock_folder(path: Path) -> Iterator[bool]:
    """Yield whether the lock of a folder was free. It is held until the block ends.

    The kernel releases the lock of a killed process. True on systems without such locks (Windows).
    """
    try:
        import fcntl
    except ImportError:
        yield True
        return

    folder = os.open(path, os.O_RDONLY)
    try:
        yield _try_lock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    finally:
        os.close(folder)


def _try_lock(descriptor: int, operation: int) -> bool:
    import fcntl

    try:
        fcntl.flock(descriptor, operation)
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return True
    return True


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, on systems that can open a folder (Windows cannot)."""
    with suppress(OSError):
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
