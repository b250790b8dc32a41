"""Clocks for a registry. Formats of times on the wire are in `wire.acr_time`."""

import math
import threading
import time
from datetime import UTC, datetime, timedelta
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


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


def utc_of(ns: int) -> datetime:
    """Return nanoseconds since the epoch as an aware datetime, truncated to microseconds.

    >>> utc_of(1_790_000_000_123_456_789).isoformat()
    '2026-09-21T14:13:20.123456+00:00'
    """
    return _EPOCH + timedelta(microseconds=ns // 1_000)


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

    def now_utc(self) -> datetime:
        """Return the time of `now` as an aware datetime."""
        return utc_of(self.now())

    def wait(self, seconds: float) -> None:
        time.sleep(max(seconds, 0))


class ManualClock:
    """A clock that a test moves. By itself it moves by one microsecond per reading.

    `start_ns` is an aware datetime, or nanoseconds since the epoch. By default it is the wall clock's
    time, because the Azure SDK compares the expiry of its tokens with the wall clock. Raises
    ValueError for a datetime without a time zone, and for a start before 1970 or after `LATEST_NS`.

    >>> ManualClock(datetime(2030, 1, 1, tzinfo=UTC)).now_utc().isoformat()
    '2030-01-01T00:00:00.000001+00:00'
    """

    @check_arguments
    def __init__(self, start_ns: datetime | int | None = None) -> None:
        self._mutex = threading.Lock()
        self._now = time.time_ns() if start_ns is None else _start_of(start_ns)

    def __repr__(self) -> str:
        return f"<ManualClock, {utc_of(self._now).isoformat()}>"

    @property
    def seconds_left(self) -> float:
        """The longest step forward that the clock can make."""
        return max(LATEST_NS - self._now, 0) / SECOND_NS

    def now(self) -> int:
        with self._mutex:
            self._now += STEP_NS
            return self._now

    def now_utc(self) -> datetime:
        """Return the time of `now` as an aware datetime, in UTC. It is a reading, as `now` is."""
        return utc_of(self.now())

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


def _start_of(start: datetime | int) -> int:
    """Return the start of a clock in nanoseconds since the epoch, if it is in its range."""
    ns = _since_epoch(start) if isinstance(start, datetime) else start
    if not 0 <= ns <= LATEST_NS:
        expected = f"0 to {LATEST_NS} nanoseconds, or a datetime from 1970 to {utc_of(LATEST_NS)}"
        raise ValueError(f"start_ns: expected {expected}, found {start}")
    return ns


def _since_epoch(time_of_start: datetime) -> int:
    if time_of_start.utcoffset() is None:
        expected = "a datetime with a time zone, such as datetime.now(UTC)"
        raise ValueError(f"start_ns: expected {expected}, found {time_of_start!r} without one")
    return (time_of_start - _EPOCH) // _MICROSECOND * 1_000


def _nanoseconds_of(duration: timedelta | float) -> int:
    if isinstance(duration, timedelta):
        return duration // _MICROSECOND * 1_000

    if math.isnan(duration):
        raise ValueError("expected a step of at least 0 seconds, found nan")
    return round(min(duration, _FOREVER_SECONDS) * SECOND_NS)


_FOREVER_SECONDS: Final = 10**12
"""Longer than any clock can go on: infinity has no nanoseconds."""
