"""The files of a storage folder: content, `index.json`, and the state file.

A file is written under another name and renamed, so that no reader finds a part of it. Nothing is
written through to the disk: a killed process loses nothing, a machine without power may.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from errno import EINVAL, ENOENT
from pathlib import Path
from typing import Final

from fake_registry.atomic_file import temporary_name
from fake_registry.layout.files import is_temporary
from fake_registry.layout.folder import file_of
from fake_registry.spec.names import HEX_LENGTHS, Digest

STATE_NAME: Final = "fake-registry.jsonl"

_PIECE_BYTES: Final = 1024 * 1024

_PRIVATE: Final = 0o600
"""The state file has the passwords of tokens."""

_BINARY: Final = getattr(os, "O_BINARY", 0)  # Windows alone has it
_NONBLOCK: Final = getattr(os, "O_NONBLOCK", 0)  # to open a pipe waits for its other end; Windows lacks it

_Identity = tuple[int, int]
"""Device and number of a file: no two files have both in common as long as one of them is open."""


def write_file(path: str, pieces: Iterable[bytes], *, mode: int = 0o666) -> _Identity:
    """Write a file whole, in place of one that may be there. Return its identity. OSError.

    Paths are text: `Path` would take as long as the system's calls.
    """
    temporary = _temporary_beside(path)
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode)
    try:
        try:
            for piece in pieces:
                _write_all(descriptor, piece)
            identity = _identity_of(os.fstat(descriptor))
        finally:
            os.close(descriptor)
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    return identity


def read_pieces(path: str) -> tuple[bytes, ...]:
    """Return the content of a regular file in pieces. OSError, also for a pipe or a device: to read
    these may take forever.

    `Path` would take a third of the time of a start.
    """
    descriptor = os.open(path, os.O_RDONLY | _BINARY | _NONBLOCK)
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(EINVAL, "expected a file, found a pipe or a device")
        return tuple(iter(lambda: file.read(_PIECE_BYTES), b""))


def _temporary_beside(path: str) -> str:
    folder, _ = os.path.split(path)
    return os.path.join(folder, temporary_name())  # noqa: PTH118


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


class BlobFiles:
    """The files of a layout that have content, by their digests. Safe to use from several threads:
    two that write the same file write the same content."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._distrusted: set[Digest] = set()

    def distrust(self, digests: Iterable[Digest]) -> None:
        """Write these again when they are needed: they were not compared with their content."""
        self._distrusted = set(digests)

    def __iter__(self) -> Iterator[Digest]:
        """Yield the digests of all files that there are."""
        return _digests_in(self._root)

    def has(self, digest: Digest) -> bool:
        """Return whether there is a file, with content that was compared with its digest."""
        return not self.distrusts(digest) and os.path.exists(self._path_of(digest))  # noqa: PTH110

    def distrusts(self, digest: Digest) -> bool:
        """Return whether a file may be there, with content that was not compared."""
        return digest in self._distrusted

    def read(self, digest: Digest) -> tuple[bytes, ...]:
        """Return the content in pieces. OSError."""
        return read_pieces(self._path_of(digest))

    def write(self, digest: Digest, pieces: Iterable[bytes]) -> None:
        """Write content, unless it has a file. OSError."""
        if self.has(digest):
            return

        path = self._path_of(digest)
        try:
            write_file(path, pieces)
        except FileNotFoundError:  # the first file of its algorithm
            Path(path).parent.mkdir(exist_ok=True)
            write_file(path, pieces)
        self._distrusted.discard(digest)

    def remove(self, digest: Digest) -> None:
        """Remove the file. OSError."""
        Path(self._path_of(digest)).unlink(missing_ok=True)

    def _path_of(self, digest: Digest) -> str:
        return f"{self._root}/{file_of(digest)}"


class StateFile:
    """The state file, to append to. Lines have their end.

    If another program removes or changes it, or its folder, nothing more is written: what is
    appended to a file without a name is lost.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._identity: _Identity | None = None
        """That of the file that was written last."""
        self._whole_bytes = 0
        """The bytes up to the end of the last whole line."""
        self._is_torn = False
        """Whether a part of a line may follow."""

    @property
    def size(self) -> int:
        """The bytes of the file."""
        return self._whole_bytes

    def check(self) -> None:
        """Raise OSError unless the file is as it was written last, or none was written yet."""
        if self._identity is None:
            return
        try:
            found = os.stat(self._path)  # noqa: PTH116
        except FileNotFoundError:
            found = None
        is_whole = self._is_torn or (found is not None and found.st_size == self._whole_bytes)
        if found is None or _identity_of(found) != self._identity or not is_whole:
            raise OSError(ENOENT, f"another program has removed or changed {self._path.name}")

    def replace(self, lines: Iterable[bytes]) -> None:
        """Replace the whole file. OSError; the file then is as it was, or has the new lines."""
        self.check()
        content = b"".join(lines)
        self.close()  # Windows replaces no open file
        self._identity = write_file(str(self._path), (content,), mode=_PRIVATE)
        self._whole_bytes = len(content)
        self._is_torn = False
        # some network file systems number a file by its name
        self._identity = _identity_of(os.fstat(self._open()))

    def append(self, line: bytes) -> None:
        """Append a line. OSError; the file then may have a part of it, which the next call removes."""
        self.check()
        descriptor = self._open()
        if self._is_torn:
            os.ftruncate(descriptor, self._whole_bytes)

        self._is_torn = True
        _write_all(descriptor, line)
        self._whole_bytes += len(line)
        self._is_torn = False

    def _open(self) -> int:
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | _BINARY)
        return self._descriptor

    def close(self) -> None:
        """Close the file. It may be called again."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _identity_of(status: os.stat_result) -> _Identity:
    return status.st_dev, status.st_ino


def remove_temporaries(root: Path) -> None:
    """Remove the files that a killed process left before it had renamed them."""
    for folder in (root, *_blob_folders(root)):
        for path in folder.iterdir():
            if is_temporary(path):
                path.unlink(missing_ok=True)


def _blob_folders(root: Path) -> list[Path]:
    folders = (root / "blobs" / algorithm for algorithm in HEX_LENGTHS)
    return [folder for folder in folders if folder.is_dir()]


def _digests_in(root: Path) -> Iterator[Digest]:
    for folder in _blob_folders(root):
        length = HEX_LENGTHS[folder.name]
        with os.scandir(folder) as entries:
            for entry in entries:
                is_digest = len(entry.name) == length and not set(entry.name) - set("0123456789abcdef")
                if is_digest and entry.is_file():
                    yield Digest(f"{folder.name}:{entry.name}")
