"""What is uploaded, read from wherever it is: `Source` blocks, `AioSource` awaits what can be awaited.

Both give as many bytes as they are asked for, however short the reads of a stream are; only the end gives fewer.
"""

from collections import deque
from collections.abc import AsyncIterable, Awaitable, Iterable, Iterator
from inspect import isawaitable, iscoroutinefunction
from os import PathLike
from pathlib import Path
from typing import IO, Any, Final, Protocol

from pytest_acr.content.arguments import check_data

READ_BYTES: Final = 4 * 1024 * 1024
"""How much a stream is asked for at a time."""


class AsyncReadable(Protocol):
    """A stream of an async library."""

    def read(self, size: int, /) -> Awaitable[bytes]:
        """Return up to so many bytes; none at the end."""


Data = bytes | bytearray | memoryview | PathLike[str] | IO[bytes] | Iterable[bytes]
"""What a client uploads."""

AioData = Data | AsyncReadable | AsyncIterable[bytes]
"""What an async client uploads."""

END: Final = object()
"""What stands for the next piece where there is none; None would be a mistake in the caller's data."""

_AGAIN: Final = "expected bytes, a path or a stream that can seek"


class Cutter:
    """Cuts pieces of any length anew. A piece that comes in the size that is asked for is not copied."""

    def __init__(self) -> None:
        self._pieces: deque[bytes | memoryview] = deque()
        self.length = 0
        """How many bytes are held."""

    def add(self, piece: object) -> None:
        """Hold one more piece. TypeError if it is not bytes."""
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise TypeError(f"data: expected bytes, found {type(piece).__name__}")
        held = piece if isinstance(piece, bytes) else bytes(piece)  # the caller may go on to change the other two
        self._pieces.append(held)
        self.length += len(held)

    def take(self, size: int) -> bytes:
        """Return the first `size` bytes, or all."""
        parts: list[bytes | memoryview] = []
        missing = min(size, self.length)
        self.length -= missing
        while missing:
            piece = self._pieces.popleft()
            if len(piece) > missing:
                view = memoryview(piece)
                piece = view[:missing]
                self._pieces.appendleft(view[missing:])
            parts.append(piece)
            missing -= len(piece)
        return parts[0] if len(parts) == 1 and isinstance(parts[0], bytes) else b"".join(parts)

    def clear(self) -> None:
        """Let go of everything."""
        self._pieces.clear()
        self.length = 0


class Source:
    """Bytes, a path, a binary stream or an iterable of bytes. A file that a path names is open until `close`.

    ValueError or TypeError for what cannot be a blob, OSError for a file that cannot be opened.
    """

    def __init__(self, data: object, *, what: str = "data") -> None:
        """`what` is what an error calls it."""
        check_data(data, what)
        self._what = what
        self._opened = Path(data).open("rb") if isinstance(data, PathLike) else None  # noqa: SIM115  see `close`
        self._data: Any = data if self._opened is None else self._opened  # Any: known by what it can do
        self._start: int | None = None
        self._cutter = Cutter()
        self._pieces = self._begin()

    def read(self, size: int) -> bytes:
        """Return just `size` bytes; fewer at the end."""
        while self._cutter.length < size and (piece := self.next_piece()) is not END:
            self._cutter.add(piece)
        return self._cutter.take(size)

    def next_piece(self) -> object:
        """Return the next piece as it comes; `END` at the end."""
        return next(self._pieces, END)

    def rewind(self) -> None:
        """Remember the place, if it is the first time, or else go back to it. ValueError where there is no way back."""
        if _can_seek(self._data):
            if self._start is None:
                self._start = self._data.tell()
            self._data.seek(self._start)
        elif not isinstance(self._data, bytes | bytearray | memoryview | list | tuple):
            raise ValueError(f"{self._what}: {_AGAIN}, found what can be read but once")
        self._cutter.clear()
        self._pieces = self._begin()

    def close(self) -> None:
        """Close the file that was opened here. A caller's stream stays open."""
        if self._opened is not None:
            self._opened.close()

    def _begin(self) -> Iterator[object]:
        if isinstance(self._data, bytes | bytearray | memoryview):
            return iter((self._data,))
        read = getattr(self._data, "read", None)
        return iter(self._data) if read is None else iter(lambda: read(READ_BYTES), b"")


class AioSource:
    """`Source` for async clients: also an async stream or iterable. What blocks, a file say, blocks the event loop."""

    def __init__(self, data: object, *, what: str = "data") -> None:
        """`what` is what an error calls it."""
        # the files of async libraries are iterables too, of lines
        iterable = isinstance(data, AsyncIterable) and not hasattr(data, "read")
        self._pieces = aiter(data) if iterable and isinstance(data, AsyncIterable) else None
        self._source = Source(data if self._pieces is None else (), what=what)
        self._cutter = Cutter()

    async def read(self, size: int) -> bytes:
        """Return just `size` bytes; fewer at the end."""
        while self._cutter.length < size and (piece := await self._next_piece()) is not END:
            self._cutter.add(piece)
        return self._cutter.take(size)

    async def _next_piece(self) -> object:
        if self._pieces is not None:
            return await anext(self._pieces, END)
        piece = self._source.next_piece()
        if not isawaitable(piece):
            return piece
        read: object = await piece
        return END if read == b"" else read

    def rewind(self) -> None:
        """As `Source.rewind`; there is no way back in what is async."""
        if self._pieces is not None:
            raise ValueError(f"data: {_AGAIN}, found an async iterable")
        self._source.rewind()
        self._cutter.clear()

    def close(self) -> None:
        """Close the file that was opened here."""
        self._source.close()


def _can_seek(stream: Any) -> bool:  # Any: known by what it can do
    seekable = getattr(stream, "seekable", None)
    return seekable is not None and not iscoroutinefunction(stream.read) and bool(seekable())
