"""Files that are replaced atomically.

After an error, a kill or a power failure a file has its old content or its new content, whole.
"""

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EEXIST, EISDIR
from pathlib import Path
from typing import BinaryIO, Final

TEMPORARY_NAME: Final = re.compile(r"\.fake-registry-[0-9a-f]{32}\.part")
"""The names of new files that have not taken their place yet."""


def check_replaceable(path: Path) -> None:
    """Raise OSError for something else than a file: a rename would remove a device or a pipe."""
    try:
        mode = path.stat().st_mode
    except OSError:  # absent, or a path that no file can have: writing reports it
        return

    if stat.S_ISDIR(mode):
        raise OSError(EISDIR, "expected the path of a file, found a folder", str(path))
    if not stat.S_ISREG(mode):
        found = "expected the path of a file, found a device, a pipe or a socket"
        raise OSError(EEXIST, found, str(path))


@contextmanager
def replacement_of(path: Path) -> Iterator[BinaryIO]:
    """Yield a new file that takes the place of `path` when the block ends.

    An error in the block leaves `path` as it was. The new file is in the same folder until then,
    and has the permissions of the old one. A symbolic link at `path` is replaced itself; its target
    is not touched. OSError for a folder, a device, a pipe or a socket.
    """
    check_replaceable(path)
    temporary = temporary_beside(path)
    try:
        with open_durable(temporary) as file:
            yield file
        if path.is_file() and not path.is_symlink():
            temporary.chmod(stat.S_IMODE(path.stat().st_mode))
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def temporary_beside(path: Path) -> Path:
    """Return the path of a new file in the folder of `path`."""
    return path.with_name(temporary_name())


def temporary_name() -> str:
    """Return the name of a new file."""
    return f".fake-registry-{secrets.token_hex(16)}.part"


@contextmanager
def open_durable(path: Path) -> Iterator[BinaryIO]:
    """Yield a new file, whose content is on the disk when the block ends."""
    with path.open("xb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
