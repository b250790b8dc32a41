"""Where a download goes: a file that gets its name when its content is verified, or a caller's stream."""

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
"""Where a client downloads to."""

AioTarget = Target | AsyncWritable
"""Where an async client downloads to."""


@contextmanager
def complete_file(target: PathLike[str]) -> Iterator[IO[bytes]]:
    """Give a file that appears under its name when the block has ended well, and is gone when it has not.

    It replaces a file of that name, and keeps its permissions; of a link, the file that it leads to.
    """
    # resolve() would make an error of its own of a loop of links, which cannot be opened anyway
    path = Path(os.path.realpath(target))
    part = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with part.open("xb") as file:
            yield file
        if path.exists():
            part.chmod(path.stat().st_mode)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_all(stream: IO[bytes], piece: bytes) -> None:
    """Write all of `piece`: an unbuffered stream may take less at a time. BlockingIOError if it takes nothing."""
    while piece:
        piece = _left_of(stream, piece, stream.write(piece))


async def write_all_async(stream: Any, piece: bytes) -> None:  # Any: known by what it can do
    """`write_all` for streams of either kind."""
    while piece:
        written = stream.write(piece)
        piece = _left_of(stream, piece, await written if isawaitable(written) else written)


def _left_of(stream: object, piece: bytes, written: object) -> bytes:
    """Return what is still to be written. Many streams do not say how much they took, and took all; one of Python's
    unbuffered ones that says nothing would have had to wait."""
    if written == 0 or (written is None and isinstance(stream, io.RawIOBase)):
        raise BlockingIOError("target: expected a stream that takes bytes, found one that takes none")
    return piece[written:] if isinstance(written, int) else b""
