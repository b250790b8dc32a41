"""Bodies on their way through an in-process call, piece by piece: the request's as a file, the answer's as an iterator.

Nothing is joined or copied here unless a reader asks for less than a piece. Framing is decided in `wsgi_call`.
"""

import io
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from fake_registry.wsgi import ConnectionDropped

PIECE_BYTES = 1024 * 1024


class BodyBrokeOff(Exception):
    """An answer's body ended before its time: `missing` bytes short, or, if that is None, without its last chunk."""

    def __init__(self, read: int, missing: int | None) -> None:
        self.read = read
        self.missing = missing
        more = "no end of the chunked body" if missing is None else f"{missing} more expected"
        super().__init__(f"IncompleteRead({read} bytes read, {more})")


class Body:
    """An answer's body: an iterator of non-empty pieces that releases what it came from exactly once.

    That is at the end, at an error, at `close` or when nobody holds it any more, whichever comes first.
    """

    def __init__(self, pieces: Iterator[bytes], release: Callable[[], object] | None) -> None:
        self._pieces = pieces
        self._release = release

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BaseException:  # also the end: StopIteration
            self.close()
            raise

    def close(self) -> None:
        """Give up the rest."""
        release, self._release, self._pieces = self._release, None, iter(())
        if release is not None:
            release()

    def __del__(self) -> None:
        self.close()

    def settled(self) -> "Body":
        """Read this body into memory and return it as a new one, which breaks off where this one did."""
        kept: list[bytes] = []
        try:
            kept.extend(self)
        except BodyBrokeOff as broken:
            return Body(_replayed(kept, broken), None)
        return Body(iter(kept), None)


def _replayed(kept: list[bytes], broken: BodyBrokeOff) -> Iterator[bytes]:
    yield from kept
    raise broken


def measured(chunks: Iterator[bytes], length: int | None) -> Iterator[bytes]:
    """Yield what a client would see of `chunks` under a Content-Length of `length`; None stands for chunked framing.

    More than was promised is never seen; less is `BodyBrokeOff`, and so is a dropped connection before the end.
    """
    read = 0
    dropped: ConnectionDropped | None = None
    try:
        for chunk in chunks:
            piece = chunk if length is None else chunk[: length - read]
            if piece:
                read += len(piece)
                yield piece
            elif chunk:
                return
    except ConnectionDropped as drop:
        dropped = drop
    if length is None and dropped:
        raise BodyBrokeOff(read, None) from dropped
    if length is not None and read < length:
        raise BodyBrokeOff(read, length - read) from dropped


class Reader(io.RawIOBase):
    """A readable file on top of `take`, which gives up to so many bytes and none at the end."""

    def __init__(self, take: Callable[[int], bytes | str], release: Callable[[], object] | None = None) -> None:
        self._take = take
        self._release = release

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(partial(self.read, PIECE_BYTES), b""))
        taken = self._take(size) if size else b""
        # Files opened as text give str: HTTP clients send it as UTF-8.
        return taken.encode() if isinstance(taken, str) else taken

    def readinto(self, buffer: Any, /) -> int:  # Any: typeshed's WriteableBuffer is not there at run time
        taken = self.read(len(buffer))
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        if not self.closed and self._release is not None:
            self._release()
        super().close()


def reading(pieces: Iterator[bytes | str]) -> Callable[[int], bytes]:
    """Return a function that reads on in `pieces`, up to so many bytes each time."""
    piece, at = b"", 0

    def take(size: int) -> bytes:
        nonlocal piece, at
        if at == len(piece):
            following = next((each for each in pieces if each), b"")
            piece, at = following.encode() if isinstance(following, str) else following, 0
        start, at = at, min(at + size, len(piece))
        return piece[start:at]

    return take


def remaining(stream: Any) -> int | None:  # Any: a file is known by what it can do
    """Return how many bytes lie between the position of `stream` and its end; None when only reading it would tell."""
    try:
        position: int = stream.tell() if hasattr(stream, "tell") else 0
        if hasattr(stream, "__len__"):
            return max(len(stream) - position, 0)
        end: int = stream.seek(0, io.SEEK_END)
        stream.seek(position)
    except (AttributeError, OSError):  # no such method, a pipe, or a file that cannot seek
        return None
    return max(end - position, 0)
