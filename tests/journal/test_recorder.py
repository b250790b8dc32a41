"""The recorder: numbers, bounds, listeners, and the order of records from several threads."""

import weakref
from dataclasses import dataclass
from functools import partial

import pytest

from fake_registry.journal.recorder import Recorder
from tests.support.effort import repeated, rounds
from tests.support.threads import run_together

THREADS = 8
RECORDS = 50
ROUNDS = rounds(20)


@dataclass(frozen=True, eq=False)
class Sized:
    """Facts of this size."""

    size: int


def _number(number: int, _: object) -> int:
    return number


def _size_of(facts: object) -> int:
    return facts.size if isinstance(facts, Sized) else 0


def _record_numbers(recorder: Recorder[None, int]) -> None:
    for _ in range(RECORDS):
        recorder.record(None)


def test_records_are_kept_in_their_order() -> None:
    recorder = Recorder(10, "{} {}".format)
    for text in "abc":
        recorder.record(text)

    assert recorder.read() == ("0 a", "1 b", "2 c")


@pytest.mark.parametrize("is_read", [False, True])
def test_records_after_a_number_are_the_kept_ones(is_read: bool) -> None:  # noqa: FBT001
    recorder = Recorder(4, _number)
    for _ in range(6):
        recorder.record(None)
    if is_read:
        recorder.read()
        recorder.record(None)
    last = recorder.count - 1

    assert recorder.read_after(-1, 9) == (0, tuple(range(last - 3, last + 1)))
    assert recorder.read_after(last - 2, 9) == (0, (last - 1, last))
    assert recorder.read_after(0, 2) == (0, (last - 3, last - 2))
    assert recorder.read_after(last, 9) == recorder.read_after(99, 9) == (0, ())

    recorder.clear()
    recorder.record(None)
    assert recorder.read_after(-1, 9) == (1, (0,))


def test_reader_in_steps_has_each_record_made_once() -> None:
    made: list[int] = []
    recorder: Recorder[None, None] = Recorder(100, lambda number, _: made.append(number))
    for _ in range(100):
        recorder.record(None)
    for last in range(-1, 100, 10):
        recorder.read_after(last, 10)
    assert made == list(range(100))


def test_records_that_were_cleared_are_counted_over_all_clears() -> None:
    recorder: Recorder[None, int] = Recorder(2, lambda number, _: number)
    for count in (3, 1):
        for _ in range(count):
            recorder.record(None)
        recorder.clear()
    recorder.record(None)

    assert (recorder.forgotten_count, recorder.count) == (4, 1)


def test_record_is_made_once_when_it_is_read() -> None:
    made: list[int] = []

    def make(number: int, _: None) -> object:
        made.append(number)
        return object()

    recorder = Recorder(10, make)
    recorder.record(None)
    recorder.record(None)
    before, first = made.copy(), recorder.read()
    recorder.record(None)
    second = recorder.read()

    assert (before, made) == ([], [0, 1, 2])
    assert second[:2] == first


def test_only_the_last_records_are_made_if_no_others_are_read() -> None:
    made: list[int] = []

    def make(number: int, _: None) -> int:
        made.append(number)
        return number

    recorder = Recorder(1_000, make)
    for _ in range(1_500):
        recorder.record(None)

    assert (recorder.read_last(3), recorder.read_last(0)) == ((1_497, 1_498, 1_499), ())
    assert made == [1_497, 1_498, 1_499]
    assert recorder.read_last(2_000) == tuple(range(500, 1_500))


def test_last_records_are_those_of_all() -> None:
    recorder = Recorder[None, int](3, _number)
    for count in range(8):
        last = [recorder.read_last(asked) for asked in range(1, 5)]
        everything = recorder.read() if count % 2 else tuple(range(max(0, count - 3), count))
        assert last == [everything[-asked:] for asked in range(1, 5)]
        recorder.record(None)


def test_only_the_last_records_are_kept() -> None:
    recorder = Recorder[None, int](3, _number)
    for _ in range(5):
        recorder.record(None)
    at_once = recorder.read()
    for _ in range(2):
        recorder.record(None)

    assert (at_once, recorder.read()) == ((2, 3, 4), (4, 5, 6))


@pytest.mark.parametrize("records", [5, 1_000])
def test_only_the_last_records_of_limited_size_are_kept(records: int) -> None:
    recorder = Recorder[Sized, int](2 * records, _number, max_bytes=9, size_of=_size_of)
    for number in range(records):
        recorder.record(Sized(number % 5))
    kept, size = recorder.read(), recorder.kept_bytes
    recorder.clear()

    assert (kept, size) == ((records - 3, records - 2, records - 1), 9)
    assert (recorder.read(), recorder.kept_bytes) == ((), 0)


def test_bounds_hold_while_nothing_is_read() -> None:
    alive = weakref.WeakSet[Sized]()
    recorder = Recorder[Sized, int](10, _number, max_bytes=1_000, size_of=_size_of)
    for _ in range(1_000):
        facts = Sized(1)
        alive.add(facts)
        recorder.record(facts)

    assert 10 <= len(alive) <= 100


def test_record_larger_than_all_room_is_not_kept() -> None:
    recorder = Recorder[Sized, int](10, _number, max_bytes=9, size_of=_size_of)
    recorder.record(Sized(10))

    assert (recorder.read(), recorder.kept_bytes) == ((), 0)


def test_dropped_ones_are_counted() -> None:
    recorder = Recorder[Sized, int](10, _number, max_bytes=9, size_of=_size_of)
    recorder.record(Sized(5))
    recorder.record(Sized(5))

    assert (recorder.count, recorder.dropped) == (2, 1)


def test_numbers_start_again_after_clear() -> None:
    recorder = Recorder[None, int](3, _number)
    recorder.record(None)
    recorder.clear()
    nothing = recorder.read()
    recorder.record(None)

    assert (nothing, recorder.read()) == ((), (0,))


def test_listener_gets_each_record_after_it_is_kept() -> None:
    heard: list[tuple[int, tuple[int, ...]]] = []

    def hear(record: int) -> None:
        heard.append((record, recorder.read()))

    recorder = Recorder[None, int](3, _number, on_record=hear)
    recorder.record(None)
    recorder.record(None)

    assert heard == [(0, (0,)), (1, (0, 1))]


def test_observer_gets_each_record_until_it_ends() -> None:
    seen: list[int] = []
    other: list[int] = []
    recorder = Recorder[object, int](1, _number, max_bytes=9, size_of=_size_of)
    recorder.record(None)

    end, end_other = recorder.subscribe(seen.append), recorder.subscribe(other.append)
    recorder.record(None)
    recorder.record(Sized(10))
    recorder.clear()
    end()
    recorder.record(None)
    end()
    end_other()
    recorder.record(None)

    assert (seen, other) == ([1, 2], [1, 2, 0])


@repeated
def test_observer_gets_the_records_of_threads_in_order() -> None:
    recorder = Recorder[None, int](1, _number)
    for _ in range(ROUNDS):
        seen: list[int] = []
        recorder.clear()
        end = recorder.subscribe(seen.append)
        run_together(partial(_record_numbers, recorder), threads=THREADS)
        end()
        assert seen == list(range(THREADS * RECORDS))


@repeated
def test_threads_leave_their_records_in_order() -> None:
    expected = tuple(range(THREADS * RECORDS))
    recorder = Recorder[None, int](len(expected), _number)

    for _ in range(ROUNDS):
        recorder.clear()
        run_together(partial(_record_numbers, recorder), threads=THREADS)
        assert recorder.read() == expected
