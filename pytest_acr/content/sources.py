"""Sources of an upload: `Source` blocks, `AioSource` awaits as well.

Both read as many bytes as requested, however little a stream returns at a time; only the end of the
source returns fewer.
"""

from collections import deque
from collections.abc import AsyncIterable, Awaitable, Iterable, Iterator
from inspect import isawaitable, iscoroutinefunction
from os import PathLike
from pathlib import Path
from typing import IO, Any, Final, Protocol

from fake_registry.arguments import kind_of
from pytest_acr.content.arguments import check_data

READ_BYTES: Final = 4 * 1024 * 1024
"""How much is requested from a stream at a time."""


class AsyncReadable(Protocol):
    """A readable stream of an async library."""

    def read(self, size: int, /) -> Awaitable[bytes]:
        """Return up to `size` bytes; none at the end."""


Data = bytes | bytearray | memoryview | PathLike[str] | IO[bytes] | Iterable[bytes]
"""The data that a client uploads."""

AioData = Data | AsyncReadable | AsyncIterable[bytes]
"""The data that an async client uploads."""

END: Final = object()
"""The piece after the last one. Not None, which is a mistake in the caller's data."""

_REWINDABLE: Final = "expected bytes, a path or a stream that can seek"


class Cutter:
    """Cuts pieces of any length into pieces of the requested length.

    A piece that already has that length is not copied.
    """

    def __init__(self, *, name: str = "data", of_stream: bool = False) -> None:
        """`name` is the argument's name in errors, `of_stream` says what it is in them."""
        self._name = name
        self._of_stream = of_stream
        self._pieces: deque[bytes | memoryview] = deque()
        self.length = 0
        """How many bytes are held."""

    def add(self, piece: object) -> None:
        """Hold one more piece. TypeError if it is not bytes."""
        if not isinstance(piece, bytes | bytearray | memoryview):
            raise TypeError(f"{self._name}: {self._problem_of(piece)}")

        # A bytearray or a memoryview is copied, because the caller may change it.
        held = piece if isinstance(piece, bytes) else bytes(piece)
        self._pieces.append(held)
        self.length += len(held)

    def take(self, size: int) -> bytes:
        """Return the first `size` bytes, or all if there are fewer."""
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

        match parts:
            case [bytes(whole)]:
                return whole
        return b"".join(parts)

    def _problem_of(self, piece: object) -> str:
        found = kind_of(piece)
        if self._of_stream:
            return f"expected a binary stream, found one whose read returned {found}"
        return f"expected an iterable of bytes, found {found} among its items"

    def clear(self) -> None:
        """Drop all pieces."""
        self._pieces.clear()
        self.length = 0


class Source:
    """Bytes, a path, a binary stream or an iterable of bytes. The file of a path is open until `close`.

    ValueError or TypeError for data that cannot be a blob, OSError for a file that cannot be opened.
    """

    def __init__(self, data: object, *, name: str = "data") -> None:
        """`name` is the argument's name in errors."""
        check_data(data, name)
        self._name = name
        self._opened: IO[bytes] | None = None
        if isinstance(data, PathLike):
            self._opened = Path(data).open("rb")  # noqa: SIM115  see `close`

        # Any: the kind is known by its methods
        self._data: Any = data if self._opened is None else self._opened
        self._start: int | None = None
        self._cutter = Cutter(name=name, of_stream=hasattr(self._data, "read"))
        self._pieces = self._iterate()

    def read(self, size: int) -> bytes:
        """Return exactly `size` bytes; fewer at the end."""
        while self._cutter.length < size and (piece := self.next_piece()) is not END:
            self._cutter.add(piece)
        return self._cutter.take(size)

    def next_piece(self) -> object:
        """Return the next piece of the data, of any length; `END` at the end."""
        return next(self._pieces, END)

    def rewind(self) -> None:
        """Mark the position when first used, seek back to it when used again. ValueError without seek."""
        if _can_seek(self._data):
            if self._start is None:
                self._start = self._data.tell()
            self._data.seek(self._start)
        elif not isinstance(self._data, bytes | bytearray | memoryview | list | tuple):
            raise ValueError(f"{self._name}: {_REWINDABLE}, found data that can be read only once")

        self._cutter.clear()
        self._pieces = self._iterate()

    def close(self) -> None:
        """Close the file that was opened here. A caller's stream stays open."""
        if self._opened is not None:
            self._opened.close()

    def _iterate(self) -> Iterator[object]:
        if isinstance(self._data, bytes | bytearray | memoryview):
            return iter((self._data,))

        read = getattr(self._data, "read", None)
        if read is None:
            return iter(self._data)
        return iter(lambda: read(READ_BYTES), b"")


class AioSource:
    """A `Source` for async clients, which may be an async stream or iterable as well.

    Data that blocks, such as a file, blocks the event loop.
    """

    def __init__(self, data: object, *, name: str = "data") -> None:
        """`name` is the argument's name in errors."""
        # The files of async libraries are iterables too, of lines.
        is_stream = hasattr(data, "read")
        self._pieces = aiter(data) if isinstance(data, AsyncIterable) and not is_stream else None
        self._source = Source(data if self._pieces is None else (), name=name)
        self._cutter = Cutter(name=name, of_stream=is_stream)

    async def read(self, size: int) -> bytes:
        """Return exactly `size` bytes; fewer at the end."""
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
        """As `Source.rewind`; ValueError for async data."""
        if self._pieces is not None:
            raise ValueError(f"data: {_REWINDABLE}, found an async iterable")
        self._source.rewind()
        self._cutter.clear()

    def close(self) -> None:
        """Close the file that was opened here."""
        self._source.close()


def _can_seek(stream: Any) -> bool:  # Any: the kind is known by its methods
    seekable = getattr(stream, "seekable", None)
    if seekable is None or iscoroutinefunction(stream.read):
        return False
    return bool(seekable())
