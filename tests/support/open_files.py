"""What this process has open, as Linux tells it."""

import gc
from pathlib import Path

import pytest

_LISTED = Path("/proc/self/fd")

on_linux = pytest.mark.skipif(not _LISTED.is_dir(), reason="open files are listed in /proc on Linux only")


def open_files() -> list[str]:
    """Return the open files and sockets, the latter without their numbers."""
    gc.collect()
    targets = [str(entry.readlink()) for entry in _LISTED.iterdir() if entry.is_symlink()]  # not the listing itself
    return sorted(target.partition(":")[0] for target in targets)
