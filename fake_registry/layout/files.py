"""Files of a folder: replaced atomically, restored together, locked against a second writer.

After an error, a kill or a power failure a file has its old content or its new content, whole.
"""

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_TEMPORARY_NAME = re.compile(r"\.fake-registry-[0-9a-f]{32}\.part")


@contextmanager
def replacement_of(path: Path) -> Iterator[BinaryIO]:
    """Yield a new file that takes the place of `path` when the block ends.

    An error in the block leaves `path` as it was. The new file is in the same folder until then,
    and has the permissions of the old one. A symbolic link at `path` is replaced itself; its target
    is not touched.
    """
    temporary = _temporary_beside(path)
    try:
        with _durable(temporary) as file:
            yield file
        if path.is_file() and not path.is_symlink():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


class PendingReplacement:
    """New content for a file, or for a link, which keeps its place until `apply`.

    Either `finish` or `undo` must follow, whatever has happened until then.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._new = _temporary_beside(path)
        self._old = _temporary_beside(path)

    def open(self) -> AbstractContextManager[BinaryIO]:
        """Return the new file, to be written in a `with` block."""
        return _durable(self._new)

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
    is_named_so = _TEMPORARY_NAME.fullmatch(path.name) is not None
    return is_named_so and (path.is_symlink() or path.is_file())


def _temporary_beside(path: Path) -> Path:
    return path.with_name(f".fake-registry-{secrets.token_hex(16)}.part")


@contextmanager
def _durable(path: Path) -> Iterator[BinaryIO]:
    """Yield a new file, whose content is on the disk when the block ends."""
    with path.open("xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


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
