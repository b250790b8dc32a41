"""Clocks: strictly increasing for all threads, and never back."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any  # Any: a mistake of the caller

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.clock import LATEST_NS, STEP_NS, Clock, ManualClock, SystemClock, utc_of

CLOCKS = [SystemClock, ManualClock]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(9999, 1, 1, tzinfo=UTC)

moments = st.integers(0, 2**62)
forward = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=36_500))


@pytest.mark.parametrize("make", CLOCKS)
def test_each_reading_is_at_least_a_step_later(make: type[Clock]) -> None:
    clock = make()
    readings = [clock.now() for _ in range(1_000)]
    assert all(later - earlier >= STEP_NS for earlier, later in pairwise(readings))


@pytest.fixture
def eager_threads() -> Iterator[None]:
    """Let threads take turns at nearly every bytecode, so that a missing mutex shows."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("eager_threads")
@pytest.mark.parametrize("make", CLOCKS)
def test_threads_never_read_the_same_time(make: type[Clock]) -> None:
    clock = make()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: [clock.now() for _ in range(2_000)], range(4)))
    together = sorted(reading for readings in found for reading in readings)
    assert all(readings == sorted(readings) for readings in found)
    assert all(later - earlier >= STEP_NS for earlier, later in pairwise(together))


@pytest.mark.parametrize("make", CLOCKS)
def test_clock_starts_at_the_time_of_the_machine(make: type[Clock]) -> None:
    before = time.time_ns()
    found = make().now()
    assert before <= found <= time.time_ns() + STEP_NS


@pytest.mark.parametrize("make", CLOCKS)
def test_wait_of_0_seconds_passes_no_time(make: type[Clock]) -> None:
    clock = make()
    before = clock.now()
    clock.wait(0)
    assert clock.now() > before


@given(moments)
def test_manual_clock_advances_by_a_step_per_reading(start: int) -> None:
    clock = ManualClock(start)
    assert [clock.now(), clock.now()] == [start + STEP_NS, start + 2 * STEP_NS]


@given(moments, st.integers(0, 1_000_000))
def test_manual_clock_advances_by_seconds(start: int, seconds: int) -> None:
    clock = ManualClock(start)
    clock.advance(seconds)
    clock.wait(seconds)
    assert clock.now() == start + 2 * seconds * 1_000_000_000 + STEP_NS


@given(moments, forward)
def test_manual_clock_advances_by_a_timedelta_to_the_microsecond(start: int, by: timedelta) -> None:
    """Clients see microseconds, and `total_seconds` of a long time loses them."""
    clock = ManualClock(start)
    clock.advance(by)
    assert clock.now() == start + by // timedelta(microseconds=1) * 1_000 + STEP_NS


@given(moments, st.lists(st.floats(0, 1e6) | forward | st.none(), max_size=8))
def test_manual_clock_never_goes_back(start: int, steps: list[float | timedelta | None]) -> None:
    clock = ManualClock(start)
    readings = [clock.now()]
    for by in steps:
        if by is not None:
            clock.advance(by)
        readings.append(clock.now())
    assert all(later - earlier >= STEP_NS for earlier, later in pairwise(readings))


@pytest.mark.parametrize("by", [-1, -1e-9, timedelta(microseconds=-1)])
def test_negative_step_is_refused(by: float | timedelta) -> None:
    clock = ManualClock(0)
    with pytest.raises(ValueError, match="expected a step of at least 0 seconds"):
        clock.advance(by)
    assert clock.now() == STEP_NS


@pytest.mark.parametrize("start", [-1, LATEST_NS + 1, 10**30])
def test_start_outside_the_range_is_refused(start: int) -> None:
    with pytest.raises(ValueError, match=f"start_ns: expected 0 to {LATEST_NS} nanoseconds, or .*, found {start}"):
        ManualClock(start)


@given(moments, st.timezones())
def test_clock_starts_at_an_aware_datetime(moment: int, zone: tzinfo) -> None:
    start = utc_of(moment).astimezone(zone)
    found = ManualClock(start).now_utc()

    assert (found - start, found.tzinfo) == (timedelta(microseconds=1), UTC)


@given(moments)
def test_datetime_is_the_time_in_nanoseconds(start: int) -> None:
    """`datetime` has microseconds: the rest is cut off."""
    found = ManualClock(start).now_utc() - EPOCH
    assert found // timedelta(microseconds=1) == (start + STEP_NS) // 1_000


@pytest.mark.parametrize("make", [SystemClock, ManualClock])
def test_datetimes_increase(make: type[SystemClock] | type[ManualClock]) -> None:
    clock = make()
    readings = [clock.now_utc() for _ in range(100)]

    assert all(earlier < later for earlier, later in pairwise(readings))
    assert {one.utcoffset() for one in readings} == {timedelta(0)}


class _NoOffset(tzinfo):
    """A time zone that knows no offset: a datetime with it is naive (datetime, Aware and Naive)."""

    def utcoffset(self, _when: datetime | None) -> None:
        return None

    def tzname(self, _when: datetime | None) -> None:
        return None

    def dst(self, _when: datetime | None) -> None:
        return None


@pytest.mark.parametrize(
    "start", [EPOCH.replace(tzinfo=None), EPOCH.replace(tzinfo=_NoOffset())], ids=["none", "empty"]
)
def test_naive_datetime_is_refused(start: datetime) -> None:
    with pytest.raises(ValueError, match="start_ns: expected a datetime with a time zone"):
        ManualClock(start)


@pytest.mark.parametrize("start", [EPOCH - timedelta.resolution, LATEST + timedelta.resolution])
def test_datetime_outside_the_range_is_refused(start: datetime) -> None:
    with pytest.raises(ValueError, match="a datetime from 1970 to 9999-01-01 00:00:00"):
        ManualClock(start)


@pytest.mark.parametrize("start", [EPOCH, LATEST])
def test_datetime_at_the_end_of_the_range_is_accepted(start: datetime) -> None:
    assert ManualClock(start).now_utc() == start + timedelta.resolution


def test_representation_shows_the_time_and_moves_nothing() -> None:
    clock = ManualClock(0)
    assert repr(clock) == "<ManualClock, 1970-01-01T00:00:00+00:00>"
    assert clock.now() == STEP_NS


@pytest.mark.parametrize("by", [11, 1e300, float("inf"), timedelta(seconds=10, microseconds=1), timedelta.max])
def test_step_beyond_the_latest_time_is_refused(by: float | timedelta) -> None:
    clock = ManualClock(LATEST_NS - 10_000_000_000)
    with pytest.raises(ValueError, match="expected a step of at most 10 seconds, to the year 9999, found"):
        clock.advance(by)
    assert clock.now() == LATEST_NS - 10_000_000_000 + STEP_NS


def test_wait_beyond_the_latest_time_is_refused() -> None:
    clock = ManualClock(LATEST_NS)
    with pytest.raises(ValueError, match="expected a step of at most 0 seconds"):
        clock.wait(1)


def test_step_to_the_latest_time_is_made() -> None:
    clock = ManualClock(LATEST_NS - 10_000_000_000)
    assert clock.seconds_left == 10

    clock.advance(clock.seconds_left)
    clock.advance(0)
    assert (clock.now(), clock.seconds_left) == (LATEST_NS + STEP_NS, 0)


def test_step_that_is_no_number_is_refused() -> None:
    clock = ManualClock(0)
    wrong: Any = "1"
    with pytest.raises(TypeError, match="by: expected timedelta or float, found str"):
        clock.advance(wrong)
    with pytest.raises(ValueError, match="expected a step of at least 0 seconds, found nan"):
        clock.advance(float("nan"))


@pytest.mark.parametrize("make", CLOCKS)
def test_negative_wait_passes_no_time(make: type[Clock]) -> None:
    """The rest of a wait is negative if it is computed late; both clocks return at once."""
    clock = make()
    before = clock.now()
    clock.wait(-1)
    assert before < clock.now() < before + 1_000_000_000


def test_wait_advances_a_manual_clock_at_once() -> None:
    clock = ManualClock(0)
    clock.wait(3_600)
    assert clock.now() == 3_600_000_000_000 + STEP_NS
