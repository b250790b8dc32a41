"""Replacing a file atomically.

After an error, a kill or a power failure the file has its old content or its new content, whole.
"""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

_TEMPORARY_NAME = re.compile(r"\.fake-registry-[0-9a-f]{32}\.part")


@contextmanager
def replacement_of(path: Path) -> Iterator[BinaryIO]:
    """Yield a new file that takes the place of `path` when the block ends.

    An error in the block leaves `path` as it was. The new file is in the same folder until then. A
    symbolic link at `path` is replaced itself; its target is not touched.
    """
    temporary = path.with_name(f".fake-registry-{secrets.token_hex(16)}.part")
    try:
        with temporary.open("xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())

        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def is_temporary(path: Path) -> bool:
    """Return whether a killed `replacement_of` can have left this file."""
    is_named_so = _TEMPORARY_NAME.fullmatch(path.name) is not None
    return is_named_so and path.is_file() and not path.is_symlink()


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable, on systems that can open a folder (Windows cannot)."""
    with suppress(OSError):
        folder = os.open(path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
