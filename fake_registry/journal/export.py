"""Writes exchanges to files: whole or not at all.

A file that exists is replaced. Each function raises OSError with the path, or ValueError for a path
that no file can have; then the file that was there stays, and no other is left.
"""

import os
from collections.abc import Callable, Iterable
from errno import ENOENT, ENOTDIR
from pathlib import Path

from fake_registry.arguments import check_arguments
from fake_registry.atomic_file import check_replaceable, replacement_of
from fake_registry.journal.documents import json_lines, json_text
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.har import har_document


@check_arguments
def write_har(path: str | os.PathLike[str], exchanges: Iterable[Exchange]) -> Path:
    """Write exchanges to a HAR 1.2 file and return its path."""
    return _write(Path(path), lambda: json_text(har_document(exchanges)) + "\n")


@check_arguments
def write_json_lines(path: str | os.PathLike[str], exchanges: Iterable[Exchange]) -> Path:
    """Write exchanges to a file, a line of JSON each, and return its path."""
    return _write(Path(path), lambda: "".join([f"{line}\n" for line in json_lines(exchanges)]))


def _write(path: Path, make: Callable[[], str]) -> Path:
    """Write the text that `make` returns, which is ASCII, once the path is found good."""
    _check_target(path)
    content = make().encode("ascii")

    try:
        with replacement_of(path) as file:
            file.write(content)
    except OSError as error:
        expected = f"expected a file that can be written, found: {error.strerror}"
        raise OSError(error.errno, expected, str(path)) from error
    return path


def _check_target(path: Path) -> None:
    if "\0" in str(path):
        raise ValueError(f"path: expected the path of a file, found one with a NUL: {str(path)!r}")
    if _is_folder(path.parent):
        check_replaceable(path)
        return

    expected = "expected a file in an existing folder"
    if os.path.lexists(path.parent):
        raise OSError(ENOTDIR, f"{expected}, found a file in its place", str(path))
    raise OSError(ENOENT, f"{expected}, found an absent one", str(path))


def _is_folder(path: Path) -> bool:
    """Return whether there is a folder; False for a path that the system refuses."""
    try:
        return path.is_dir()
    except OSError:
        return False
