"""`Recorder`: keeps the last records of a fake, numbered and in order. Safe to use from threads."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

Record = TypeVar("Record")
Made = TypeVar("Made", covariant=True)


class Make(Protocol[Made]):
    """Makes the record that has this number."""

    def __call__(self, *, number: int) -> Made: ...


def _weightless(_: object) -> int:
    return 0


class Recorder(Generic[Record]):
    """Keeps the last `limit` records, and of them the last that have `max_bytes` in sum.

    `size_of` returns the bytes of a record; without it all records are of no size.

    `on_record` is called with each record after it is kept, in the thread that recorded it. Calls
    from several threads may not come in the order of the numbers.
    """

    def __init__(
        self,
        limit: int,
        *,
        max_bytes: int = 0,
        size_of: Callable[[Record], int] = _weightless,
        on_record: Callable[[Record], None] | None = None,
    ) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._size_of = size_of
        self._on_record = on_record
        self._mutex = threading.Lock()
        self._kept: deque[Record] = deque()
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._count = 0

    @property
    def kept_bytes(self) -> int:
        """The bytes of all kept records."""
        return self._bytes

    def record(self, make: Make[Record]) -> Record:
        """Keep the record that `make` returns for the next number, counted from 0; return it.

        `make` is called with the mutex held, so that the records are kept in the order of their
        numbers. It should do no more than construct the record.
        """
        with self._mutex:
            record = make(number=self._count)
            self._count += 1
            self._keep(record)

        if self._on_record is not None:
            self._on_record(record)
        return record

    def read(self) -> tuple[Record, ...]:
        """Return the kept records, oldest first."""
        with self._mutex:
            return tuple(self._kept)

    def clear(self) -> None:
        """Forget all records; numbers start at 0 again."""
        with self._mutex:
            # new ones: a deque that was emptied keeps some of its blocks
            self._kept, self._sizes = deque(), deque()
            self._bytes = self._count = 0

    def _keep(self, record: Record) -> None:
        size = self._size_of(record)
        self._kept.append(record)
        self._sizes.append(size)
        self._bytes += size

        while len(self._kept) > self._limit or self._bytes > self._max_bytes:
            self._kept.popleft()
            self._bytes -= self._sizes.popleft()
