"""`Recorder`: keeps the last records of a fake, numbered and in order. Safe to use from threads."""

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Generic, Protocol, TypeVar

Record = TypeVar("Record")
Made = TypeVar("Made", covariant=True)


Observer = Callable[[Record], None]
"""Gets each record."""

Subscribe = Callable[[Observer[Record]], Callable[[], None]]
"""Calls an observer with each record from now on; returns a function that ends this."""


class Make(Protocol[Made]):
    """Makes the record that has this number."""

    def __call__(self, *, number: int) -> Made: ...


class Recorder(Generic[Record]):
    """Keeps the last `limit` records, and of them the last that have `max_bytes` in sum.

    A record is made when it is first read, because most records never are.

    `on_record` is called with each record after it is kept, in the thread that recorded it. Calls
    from several threads may not come in the order of the numbers; those of observers do.
    """

    def __init__(
        self,
        limit: int,
        *,
        max_bytes: int = 0,
        on_record: Callable[[Record], None] | None = None,
    ) -> None:
        self._limit = limit
        self._max_bytes = max_bytes
        self._on_record = on_record
        self._mutex = threading.Lock()
        self._made: deque[Record] = deque()
        self._unmade: deque[tuple[int, Make[Record]]] = deque()
        """The numbers and makers of the records after those in `_made`."""
        self._sizes: deque[int] = deque()
        self._observers: tuple[Observer[Record], ...] = ()
        self._bytes = 0
        self._count = 0

    @property
    def count(self) -> int:
        """The number of records since the last `clear`."""
        return self._count

    @property
    def kept_bytes(self) -> int:
        """The bytes of all kept records."""
        return self._bytes

    @property
    def dropped(self) -> int:
        """The number of records since the last `clear` that are no longer kept."""
        with self._mutex:
            return self._count - len(self._sizes)

    def record(self, make: Make[Record], *, size: int = 0) -> None:
        """Keep the record that `make` returns for the next number, counted from 0.

        `size` is that of the record in bytes. `make` raises nothing, and does no more than
        construct the record: it may be called later, from another thread.
        """
        with self._mutex:
            number = self._count
            self._count += 1
            self._keep(number, make, size)
            if self._observers:
                self._report(make(number=number))

        if self._on_record is not None:
            self._on_record(make(number=number))

    def subscribe(self, observer: Observer[Record]) -> Callable[[], None]:
        """Call `observer` with each record from now on, and return a function that ends this.

        Each record is reported before any other is kept or read, also one that is not kept because
        it is too large. `observer` returns soon, raises nothing and does not use the recorder.
        """
        with self._mutex:
            self._observers += (observer,)
        return partial(self._end, observer)

    def _end(self, observer: Observer[Record]) -> None:
        with self._mutex:
            self._observers = tuple([one for one in self._observers if one is not observer])

    def _report(self, record: Record) -> None:
        for observer in self._observers:
            observer(record)

    def read(self) -> tuple[Record, ...]:
        """Return the kept records, oldest first."""
        with self._mutex:
            new = [make(number=number) for number, make in self._unmade]
            self._made, self._unmade = self._made + deque(new), deque()
            return tuple(self._made)

    def clear(self) -> None:
        """Forget all records; numbers start at 0 again."""
        with self._mutex:
            # new ones: a deque that was emptied keeps some of its blocks
            self._made, self._unmade, self._sizes = deque(), deque(), deque()
            self._bytes = self._count = 0

    def _keep(self, number: int, make: Make[Record], size: int) -> None:
        self._unmade.append((number, make))
        self._sizes.append(size)
        self._bytes += size

        while len(self._sizes) > self._limit or self._bytes > self._max_bytes:
            oldest = self._made or self._unmade
            oldest.popleft()
            self._bytes -= self._sizes.popleft()
