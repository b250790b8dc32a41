"""`Recorder`: keeps the last records of a fake, numbered and in order. Safe to use from threads."""

import threading
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Final, Generic, TypeVar

Facts = TypeVar("Facts")
Record = TypeVar("Record")

Observer = Callable[[Record], None]
"""Gets each record."""

Subscribe = Callable[[Observer[Record]], Callable[[], None]]
"""Calls an observer with each record from now on; returns a function that ends this."""

_UNMEASURED: Final = 64
"""The most facts whose sizes are not yet known: to measure them together costs a third."""


def _no_size(_: object) -> int:
    return 0


class Recorder(Generic[Facts, Record]):
    """Keeps the last `limit` records, and of them the last that have `max_bytes` in sum.

    `make` returns the record of a number and the facts that were recorded. It is called when the
    record is first read, because most records never are; also in another thread, and again. It
    raises nothing, and neither does `size_of`, which returns the bytes of memory that facts take.

    `on_record` is called with each record after it is kept, in the thread that recorded it. Calls
    from several threads may not come in the order of the numbers; those of observers do.
    """

    def __init__(
        self,
        limit: int,
        make: Callable[[int, Facts], Record],
        *,
        max_bytes: int = 0,
        size_of: Callable[[Facts], int] = _no_size,
        on_record: Callable[[Record], None] | None = None,
    ) -> None:
        self._limit = limit
        self._make = make
        self._max_bytes = max_bytes
        self._size_of = size_of
        self._on_record = on_record
        self._mutex = threading.Lock()
        self._made: deque[Record] = deque()
        self._unmade: deque[Facts] = deque()
        """The facts of the records after those in `_made`."""
        self._unmeasured: list[Facts] = []
        """The facts after those. The bounds do not yet hold for them."""
        self._sizes: deque[int] = deque()
        self._observers: tuple[Observer[Record], ...] = ()
        self._bytes = 0
        self._count = 0
        self._forgotten_count = 0
        self._clears = 0

    @property
    def count(self) -> int:
        """The number of records since the last `clear`."""
        return self._count

    @property
    def forgotten_count(self) -> int:
        """The number of records that `clear` has removed so far, also of those dropped before."""
        return self._forgotten_count

    @property
    def kept_bytes(self) -> int:
        """The bytes of all kept records."""
        with self._mutex:
            self._measure()
            return self._bytes

    @property
    def dropped(self) -> int:
        """The number of records since the last `clear` that are no longer kept."""
        with self._mutex:
            self._measure()
            return self._count - len(self._sizes)

    def record(self, facts: Facts) -> None:
        """Keep the record of these facts under the next number, counted from 0."""
        with self._mutex:
            number = self._count
            self._count += 1
            self._unmeasured.append(facts)
            if len(self._unmeasured) >= _UNMEASURED:
                self._measure()
            if self._observers:
                self._report(self._make(number, facts))

        if self._on_record is not None:
            self._on_record(self._make(number, facts))

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
            self._measure()
            return self._read_made()

    def read_last(self, count: int) -> tuple[Record, ...]:
        """Return the last `count` of the kept records, oldest first. No others are made."""
        with self._mutex:
            self._measure()
            if count <= len(self._unmade):
                return self._make_last(count)
        return self.read()[-count:]

    def read_after(self, number: int, most: int) -> tuple[int, tuple[Record, ...]]:
        """Return how often `clear` was called so far, and the kept records after a number, of which
        at most the first `most`. Both are of one moment.

        Of records that were never read the others are not made: a reader that comes again for the
        next ones makes each once."""
        with self._mutex:
            self._measure()
            count = min(self._count - number - 1, len(self._sizes))
            if count <= len(self._unmade):
                return self._clears, self._make_last(max(count, 0), most=most)

            first = len(self._sizes) - count
            return self._clears, self._read_made()[first : first + most]

    def clear(self) -> None:
        """Forget all records; numbers start at 0 again."""
        with self._mutex:
            self._clears += 1
            self._forgotten_count += self._count
            # new ones: a deque that was emptied keeps some of its blocks
            self._made, self._unmade, self._sizes = deque(), deque(), deque()
            self._unmeasured = []
            self._bytes = self._count = 0

    def _read_made(self) -> tuple[Record, ...]:
        """Return all records, each of which is made now if it was not yet."""
        made = deque(self._make_last(len(self._unmade)))
        self._made, self._unmade = self._made + made, deque()
        return tuple(self._made)

    def _make_last(self, count: int, *, most: int | None = None) -> tuple[Record, ...]:
        """Return records of the last facts, all of which were measured; of them the first `most`."""
        end = 0 if most is None else max(count - most, 0)
        last = [self._unmade[-place] for place in range(count, end, -1)]
        numbers = range(self._count - count, self._count - end)
        return tuple(map(self._make, numbers, last))

    def _measure(self) -> None:
        """Apply the bounds to all facts."""
        new, self._unmeasured = self._unmeasured, []
        sizes = [self._size_of(facts) for facts in new]

        self._unmade.extend(new)
        self._sizes.extend(sizes)
        self._bytes += sum(sizes)
        while len(self._sizes) > self._limit or self._bytes > self._max_bytes:
            oldest = self._made or self._unmade
            oldest.popleft()
            self._bytes -= self._sizes.popleft()
