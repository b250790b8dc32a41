"""Clocks for a registry. Formats of times on the wire are in `wire.acr_time`."""

import math
import threading
import time
from datetime import timedelta
from typing import Final, Protocol, runtime_checkable

from fake_registry.arguments import check_arguments

SECOND_NS: Final = 1_000_000_000
"""Nanoseconds in a second."""

STEP_NS: Final = 1_000
"""The least difference between two readings of one clock. It is a microsecond, the resolution of
`datetime`, so clients that parse timestamps still see the order of events."""


LATEST_NS: Final = 253_370_764_800 * SECOND_NS
"""The latest time of a clock that can be moved: 9999-01-01T00:00:00Z.

Dates on the wire have four digits for the year. The last year is for times that are computed from
the clock's: the expiry of a signed URL, the end of a certificate.
"""


@runtime_checkable
class Clock(Protocol):
    """A source of strictly increasing times, and a way to let time pass."""

    def now(self) -> int:
        """Return the time in nanoseconds since 1970-01-01T00:00:00Z.

        Each reading is later than the one before.
        """

    def wait(self, seconds: float) -> None:
        """Let `seconds` pass: by sleeping, or at once on a manual clock.

        Return at once if `seconds` is not positive.
        """


class SystemClock:
    """The machine's clock, corrected to be strictly increasing."""

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
    """A clock that a test moves. By itself it moves by one microsecond per reading.

    It starts at the wall clock by default, because the Azure SDK compares the expiry of its tokens
    with the wall clock. Raises ValueError for a start before 1970 or after `LATEST_NS`.
    """

    @check_arguments
    def __init__(self, start_ns: int | None = None) -> None:
        start = time.time_ns() if start_ns is None else start_ns
        if not 0 <= start <= LATEST_NS:
            raise ValueError(f"start_ns: expected 0 to {LATEST_NS} nanoseconds, found {start}")

        self._mutex = threading.Lock()
        self._now = start

    @property
    def seconds_left(self) -> float:
        """The longest step forward that the clock can make."""
        return max(LATEST_NS - self._now, 0) / SECOND_NS

    def now(self) -> int:
        with self._mutex:
            self._now += STEP_NS
            return self._now

    @check_arguments
    def advance(self, by: timedelta | float) -> None:
        """Move the clock forward by a `timedelta` or a number of seconds.

        Raises ValueError for a negative value, and for a step beyond `LATEST_NS`; the clock then
        stays.
        """
        step_ns = _nanoseconds_of(by)
        if step_ns < 0:
            raise ValueError(f"expected a step of at least 0 seconds, found {by}")

        with self._mutex:
            if step_ns > 0 and self._now + step_ns > LATEST_NS:
                longest = f"{int(self.seconds_left)} seconds, to the year 9999"
                raise ValueError(f"expected a step of at most {longest}, found {by}")
            self._now += step_ns

    @check_arguments
    def wait(self, seconds: float) -> None:
        self.advance(max(seconds, 0))


def _nanoseconds_of(duration: timedelta | float) -> int:
    if isinstance(duration, timedelta):
        return duration // timedelta(microseconds=1) * 1_000

    if math.isnan(duration):
        raise ValueError("expected a step of at least 0 seconds, found nan")
    return round(min(duration, _FOREVER_SECONDS) * SECOND_NS)


_FOREVER_SECONDS: Final = 10**12
"""Longer than any clock can go on: infinity has no nanoseconds."""
