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


class Recorder(Generic[Record]):
    """Keeps the last `limit` records.

    `on_record` is called with each record after it is kept, in the thread that recorded it. Calls
    from several threads may not come in the order of the numbers.
    """

    def __init__(self, limit: int, *, on_record: Callable[[Record], None] | None = None) -> None:
        self._on_record = on_record
        self._mutex = threading.Lock()
        self._kept: deque[Record] = deque(maxlen=limit)
        self._count = 0

    def record(self, make: Make[Record]) -> Record:
        """Keep the record that `make` returns for the next number, counted from 0; return it.

        `make` is called with the mutex held, so that the records are kept in the order of their
        numbers. It should do no more than construct the record.
        """
        with self._mutex:
            record = make(number=self._count)
            self._count += 1
            self._kept.append(record)

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
            self._kept.clear()
            self._count = 0
