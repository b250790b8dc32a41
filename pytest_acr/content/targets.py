"""Targets of a download: a caller's stream, or a file that appears when its content is verified."""

import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import isawaitable
from os import PathLike
from pathlib import Path
from typing import IO, Any, Protocol


class AsyncWritable(Protocol):
    """A stream of an async library."""

    async def write(self, piece: bytes, /) -> object:
        """Write all of `piece`."""


Target = PathLike[str] | IO[bytes]
"""A target of the sync client."""

AioTarget = Target | AsyncWritable
"""A target of the async client."""


@contextmanager
def complete_file(target: PathLike[str]) -> Iterator[IO[bytes]]:
    """Yield a file that appears under its name when the block succeeds, and not otherwise.

    It replaces a file of that name and keeps its permissions. A link stays: its target is replaced.
    """
    # Not resolve(), which raises an error of its own for a loop of links.
    path = Path(os.path.realpath(target))
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with _create(part, target) as file:
            yield file

        if path.exists():
            part.chmod(path.stat().st_mode)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _create(part: Path, target: PathLike[str]) -> IO[bytes]:
    """Create the file `part`. An OSError names the target: the caller does not know the name of `part`."""
    try:
        return part.open("xb")
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(target)) from None


def write_all(stream: IO[bytes], piece: bytes) -> None:
    """Write all of `piece`, if need be in several steps. BlockingIOError if the stream takes nothing."""
    while piece:
        piece = _rest_of(stream, piece, stream.write(piece))


async def write_all_async(stream: Any, piece: bytes) -> None:  # Any: known by what it can do
    """`write_all` for streams of either kind."""
    while piece:
        written = stream.write(piece)
        if isawaitable(written):
            written = await written
        piece = _rest_of(stream, piece, written)


def _rest_of(stream: object, piece: bytes, written: object) -> bytes:
    """Return the bytes that are still to be written.

    Most streams that return no number have written everything. An unbuffered stream of Python
    returns None if it would have to wait.
    """
    would_wait = written is None and isinstance(stream, io.RawIOBase)
    if would_wait or written == 0:
        raise BlockingIOError("target: expected a stream that takes bytes, found one that takes none")
    return piece[written:] if isinstance(written, int) else b""
