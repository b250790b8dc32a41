"""The recorder: numbers, bounds, listeners, and the order of records from several threads."""

from functools import partial

from fake_registry.journal.recorder import Recorder
from tests.support.effort import repeated, rounds
from tests.support.threads import run_together

THREADS = 8
RECORDS = 50
ROUNDS = rounds(20)


def _number(*, number: int) -> int:
    return number


def _record_numbers(recorder: Recorder[int]) -> None:
    for _ in range(RECORDS):
        recorder.record(_number)


def test_records_are_kept_in_their_order() -> None:
    recorder = Recorder[str](10)
    for text in "abc":
        recorder.record(lambda number, text=text: f"{number} {text}")

    assert recorder.read() == ("0 a", "1 b", "2 c")


def test_record_is_made_once_when_it_is_read() -> None:
    made: list[int] = []
    recorder = Recorder[object](10)

    def make(*, number: int) -> object:
        made.append(number)
        return object()

    recorder.record(make)
    recorder.record(make)
    before, first = made.copy(), recorder.read()
    recorder.record(make)
    second = recorder.read()

    assert (before, made) == ([], [0, 1, 2])
    assert second[:2] == first


def test_only_the_last_records_are_kept() -> None:
    recorder = Recorder[int](3)
    for _ in range(5):
        recorder.record(_number)
    at_once = recorder.read()
    for _ in range(2):
        recorder.record(_number)

    assert (at_once, recorder.read()) == ((2, 3, 4), (4, 5, 6))


def test_only_the_last_records_of_limited_size_are_kept() -> None:
    recorder = Recorder[int](10, max_bytes=9)
    for size in range(5):
        recorder.record(_number, size=size)
    kept, size = recorder.read(), recorder.kept_bytes
    recorder.clear()

    assert (kept, size) == ((2, 3, 4), 9)
    assert (recorder.read(), recorder.kept_bytes) == ((), 0)


def test_record_larger_than_all_room_is_not_kept() -> None:
    recorder = Recorder[int](10, max_bytes=9)
    recorder.record(_number, size=10)

    assert (recorder.read(), recorder.kept_bytes) == ((), 0)


def test_numbers_start_again_after_clear() -> None:
    recorder = Recorder[int](3)
    recorder.record(_number)
    recorder.clear()
    nothing = recorder.read()
    recorder.record(_number)

    assert (nothing, recorder.read()) == ((), (0,))


def test_listener_gets_each_record_after_it_is_kept() -> None:
    heard: list[tuple[int, tuple[int, ...]]] = []
    recorder = Recorder[int](3, on_record=lambda record: heard.append((record, recorder.read())))
    recorder.record(_number)
    recorder.record(_number)

    assert heard == [(0, (0,)), (1, (0, 1))]


def test_observer_gets_each_record_until_it_ends() -> None:
    seen: list[int] = []
    other: list[int] = []
    recorder = Recorder[int](1, max_bytes=9)
    recorder.record(_number)

    end, end_other = recorder.subscribe(seen.append), recorder.subscribe(other.append)
    recorder.record(_number)
    recorder.record(_number, size=10)
    recorder.clear()
    end()
    recorder.record(_number)
    end()
    end_other()
    recorder.record(_number)

    assert (seen, other) == ([1, 2], [1, 2, 0])


@repeated
def test_observer_gets_the_records_of_threads_in_order() -> None:
    recorder = Recorder[int](1)
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
    recorder = Recorder[int](len(expected))

    for _ in range(ROUNDS):
        recorder.clear()
        run_together(partial(_record_numbers, recorder), threads=THREADS)
        assert recorder.read() == expected
