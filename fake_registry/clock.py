"""Time as the registry sees it: injected, never looked up. What the numbers mean on the wire lives in `wire`."""

import threading
import time
from datetime import timedelta
from typing import Protocol

STEP_NS = 1_000
"""Two readings of one clock differ by at least this much: a microsecond is the finest that `datetime` can hold,
so that clients which parse a timestamp still see the order in which things happened."""


class Clock(Protocol):
    """Nanoseconds since the epoch, strictly increasing from reading to reading, and a way to let time pass."""

    def now(self) -> int:
        """Return the time in nanoseconds since 1970-01-01T00:00:00Z, later than any reading before."""

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass: by sleeping, or at once on a clock that is set by hand. What is not positive is over."""


class SystemClock:
    """The machine's clock, held back to be strictly increasing."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._last = 0

    def now(self) -> int:
        with self._mutex:
            self._last = max(self._last + STEP_NS, time.time_ns())
            return self._last

    def wait(self, seconds: float) -> None:
        time.sleep(max(seconds, 0))


class ManualClock:
    """A clock that a test moves: it stands still but for the smallest step at each reading.

    It starts at the wall clock unless told otherwise, because the Azure SDK compares the expiry of its tokens with the
    wall clock.
    """

    def __init__(self, start_ns: int | None = None) -> None:
        self._mutex = threading.Lock()
        self._now = time.time_ns() if start_ns is None else start_ns

    def now(self) -> int:
        with self._mutex:
            self._now += STEP_NS
            return self._now

    def advance(self, by: timedelta | float) -> None:
        """Move the clock forward by a `timedelta` or a number of seconds; going back is a `ValueError`."""
        step_ns = by // timedelta(microseconds=1) * 1_000 if isinstance(by, timedelta) else round(by * 1e9)
        if step_ns < 0:
            raise ValueError(f"a clock moves forward only, asked for {by}")
        with self._mutex:
            self._now += step_ns

    def wait(self, seconds: float) -> None:
        self.advance(max(seconds, 0))
