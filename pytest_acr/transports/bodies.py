"""Bodies of calls in this process: a request's is read as a file, a response's is an iterator.

Nothing is joined or copied here unless a reader asks for less than a piece. `framing` decides how
a request's body is framed.
"""

import io
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, Final

from fake_registry.wsgi import ConnectionDropped, Pause
from pytest_acr.transports.pauses import Patience, Silence

PIECE_BYTES: Final = 256 * 1024
"""The most that is read of a body at a time. Other tasks run after each one."""

_PIECE_TYPES: Final = (bytes, str, bytearray, memoryview)
"""The types of a piece of a request's body."""


class BodyBrokeOff(Exception):
    """A response's body ended `missing` bytes too early; None: without its last chunk."""

    def __init__(self, read: int, missing: int | None) -> None:
        super().__init__(read, missing)  # copies and pickles are made from these
        self.read = read
        self.missing = missing

    def __str__(self) -> str:
        more = f"{self.missing} more expected"
        if self.missing is None:
            more = "no end of the chunked body"
        return f"IncompleteRead({self.read} bytes read, {more})"


class ResponseBody:
    """A response's body: an iterator of non-empty pieces, which waits where the response pauses.

    It releases its source exactly once: at the end, at an error, at `close`, or when it is garbage
    collected, whichever comes first.
    """

    __slots__ = ("_items", "_release", "patience")

    def __init__(
        self,
        items: Iterable[bytes | Pause],
        release: Callable[[], object] | None,
        patience: Patience,
    ) -> None:
        self._items = iter(items)
        self._release = release
        self.patience = patience

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Return the next piece. Raises `ReadTimedOut` for a pause beyond the read timeout."""
        item = self.next_item()
        return self._piece_after(item) if isinstance(item, Pause) else item

    def next_item(self) -> bytes | Pause:
        """Return the next piece or pause, without waiting. Raises StopIteration at the end."""
        try:
            return next(self._items)
        except BaseException:  # StopIteration as well
            self.close()
            raise

    def close(self) -> None:
        """Release the source without reading the rest."""
        release, self._release, self._items = self._release, None, iter(())
        if release is not None:
            release()

    def __del__(self) -> None:
        self.close()

    def load(self) -> "ResponseBody":
        """Return this body read into memory, with the same pauses and the same early end."""
        kept: list[bytes | Pause] = []
        try:
            kept.extend(iter(self.next_item, None))
        except BodyBrokeOff as broken:
            return ResponseBody(_replay(kept, broken), None, self.patience)

        return ResponseBody(kept, None, self.patience)

    def _piece_after(self, pause: Pause) -> bytes:
        silence = Silence(self.patience)
        item: bytes | Pause = pause

        try:
            while isinstance(item, Pause):
                self.patience.clock.wait(silence.seconds_of(item))
                item = self.next_item()
        except BaseException:
            self.close()
            raise

        return item


def _replay(kept: list[bytes | Pause], broken: BodyBrokeOff) -> Iterator[bytes | Pause]:
    yield from kept
    raise broken


def cut_to_length(items: Iterable[bytes | Pause], length: int | None) -> Iterator[bytes | Pause]:
    """Yield the part of a response that a client sees under a Content-Length of `length`.

    None stands for chunked framing. Raises `BodyBrokeOff` if the pieces end, or the connection
    drops, before the body is complete. A client that has the whole body waits for nothing more.
    """
    read = 0
    dropped: ConnectionDropped | None = None

    try:
        for item in items:
            whole = length is not None and read >= length
            if isinstance(item, Pause):
                if not whole:
                    yield item
            elif whole and item:
                return
            elif item:
                piece = item if length is None else item[: length - read]
                read += len(piece)
                yield piece
    except ConnectionDropped as drop:
        dropped = drop

    if length is None and dropped:
        raise BodyBrokeOff(read, None) from dropped
    if length is not None and read < length:
        raise BodyBrokeOff(read, length - read) from dropped


class Reader(io.RawIOBase):
    """A readable file on top of `take`: a function of how many bytes to return at most."""

    def __init__(
        self,
        take: Callable[[int], bytes | str],
        release: Callable[[], object] | None = None,
    ) -> None:
        self._take = take
        self._release = release

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            return b"".join(iter(partial(self.read, PIECE_BYTES), b""))

        if size == 0:
            return b""

        return _encode(self._take(size))

    def readinto(self, buffer: Any, /) -> int:  # Any: a buffer, which has no class at run time
        taken = self.read(len(buffer))
        buffer[: len(taken)] = taken
        return len(taken)

    def close(self) -> None:
        if not self.closed and self._release is not None:
            self._release()
        super().close()


def _encode(piece: bytes | str) -> bytes:
    """Return text as UTF-8: HTTP clients send a file that was opened as text like this."""
    return piece.encode() if isinstance(piece, str) else piece


def take_from(pieces: Iterator[bytes | str]) -> Callable[[int], bytes]:
    """Return a function that reads `pieces` on: up to the given number of bytes each time.

    The function raises TypeError for a piece that is neither bytes nor text.
    """
    piece, at = b"", 0

    def take(size: int) -> bytes:
        nonlocal piece, at
        if at == len(piece):
            piece, at = _next_piece(pieces), 0

        start, at = at, min(at + size, len(piece))
        return piece[start:at]

    return take


def _next_piece(pieces: Iterator[bytes | str]) -> bytes:
    """Return the next piece that is not empty; an empty one at the end."""
    for piece in pieces:
        if not isinstance(piece, _PIECE_TYPES):
            found = type(piece).__name__
            raise TypeError(f"expected each piece of a body to be bytes or str, found {found}")
        if piece:
            return _encode(piece)

    return b""


def remaining_bytes_of(stream: Any) -> int | None:  # Any: a file is known by its methods
    """Return how many bytes of `stream` are left to read; None if it cannot seek."""
    try:
        position: int = stream.tell() if hasattr(stream, "tell") else 0
        if hasattr(stream, "__len__"):
            return max(len(stream) - position, 0)

        end: int = stream.seek(0, io.SEEK_END)
        stream.seek(position)
    except (AttributeError, OSError):  # no such method, a pipe, or a file that cannot seek
        return None

    return max(end - position, 0)
