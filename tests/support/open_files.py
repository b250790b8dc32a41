"""The open files and sockets of this process, which Linux lists."""

import gc
from collections import Counter
from pathlib import Path

import pytest

_LISTED = Path("/proc/self/fd")

CAN_LIST_FILES = _LISTED.is_dir()

on_linux = pytest.mark.skipif(not CAN_LIST_FILES, reason="open files are listed in /proc on Linux only")


def open_files() -> list[str]:
    """Return the open files and sockets, the latter without their numbers."""
    gc.collect()
    targets = [str(entry.readlink()) for entry in _LISTED.iterdir() if entry.is_symlink()]  # not the listing itself
    return sorted(target.partition(":")[0] for target in targets)


def opened_since(before: list[str]) -> list[str]:
    """Return what is open now and was not before. Some of `before` may be closed since: what other
    tests have left goes when it is garbage."""
    return sorted((Counter(open_files()) - Counter(before)).elements())
