"""A run that takes too long, or makes too many requests, is interrupted."""

import gc
import math
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pytest

from pytest_acr.sweeping.stopping import RunStopped, RunStopper
from tests.support.interrupts import default_interrupts

SHORT_SECONDS = 0.05
LONG_SECONDS = 60.0


def spin() -> None:
    while True:
        pass


def block() -> None:
    """Wait for bytes that never come."""
    first, second = socket.socketpair()
    with first, second:
        first.recv(1)


def resist() -> None:
    """Catch the first interruption."""
    try:
        spin()
    except RunStopped:
        spin()


def match() -> None:
    """Run C code for a long time, which lets no other thread run."""
    re.match(r"(a+)+$", "a" * 60 + "b")


def stopped_by(run: Callable[[], None], seconds: float) -> RunStopper:
    stopper = RunStopper(seconds)
    with pytest.raises(RunStopped), stopper.watching():
        run()
    return stopper


def clean_up() -> None:
    """Raise another interruption than the first, which is in the code that ends the run."""
    try:
        block()
    finally:
        spin()


@pytest.mark.parametrize("run", [spin, block, resist, match])
def test_run_without_end_is_interrupted(run: Callable[[], None]) -> None:
    assert stopped_by(run, SHORT_SECONDS).reason == "it took more than 0.05 s"


def test_line_is_the_one_that_ran_at_the_first_interruption() -> None:
    assert stopped_by(clean_up, 10 * SHORT_SECONDS).line.endswith(": first.recv(1)")


def test_run_in_another_thread_is_interrupted() -> None:
    reasons: list[str | None] = []

    def run() -> None:
        reasons.append(stopped_by(spin, SHORT_SECONDS).reason)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert reasons == ["it took more than 0.05 s"]


def test_first_reason_counts() -> None:
    stopper = RunStopper(LONG_SECONDS)

    def stop_twice() -> None:
        stopper.stop("first")
        stopper.stop("second")
        spin()

    with pytest.raises(RunStopped), stopper.watching():
        stop_twice()
    assert stopper.reason == "first"


def test_callback_of_the_garbage_collector_is_not_interrupted() -> None:
    """Python would report an exception there as one that it ignores; here that is an error."""
    stopper = RunStopper(LONG_SECONDS)
    interrupted: list[str] = []

    def callback(phase: str, _: object) -> None:
        stopper.stop("enough")
        signal.raise_signal(signal.SIGINT)
        interrupted.append(phase)

    def collect() -> None:
        gc.callbacks.append(callback)
        gc.collect()
        spin()

    try:
        with pytest.raises(RunStopped), stopper.watching():
            collect()
    finally:
        gc.callbacks.remove(callback)
    assert interrupted[:2] == ["start", "stop"]


def test_run_that_ends_is_left_alone() -> None:
    stopper = RunStopper(LONG_SECONDS)
    with stopper.watching():
        pass
    assert (stopper.reason, stopper.interrupts) == (None, False)


def test_stop_at_the_very_end_raises_nothing_later() -> None:
    for _ in range(500):
        stopper = RunStopper(LONG_SECONDS)
        with suppress(RunStopped), stopper.watching():
            stopper.stop("at the end")
        assert stopper.reason == "at the end"


def test_alarm_of_other_code_is_left_alone() -> None:
    rings: list[int] = []
    before = signal.signal(signal.SIGALRM, lambda number, frame: rings.append(number))
    signal.setitimer(signal.ITIMER_REAL, LONG_SECONDS)
    try:
        with RunStopper(LONG_SECONDS).watching():
            signal.raise_signal(signal.SIGALRM)
        assert signal.getitimer(signal.ITIMER_REAL)[0] > 0
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert rings == [signal.SIGALRM]


def test_limit_may_be_infinite() -> None:
    stopper = RunStopper(math.inf)

    def stop_and_spin() -> None:
        stopper.stop("enough")
        spin()

    with pytest.raises(RunStopped), stopper.watching():
        stop_and_spin()
    assert stopper.reason == "enough"


def test_alarm_ends_with_the_run() -> None:
    before = signal.getsignal(signal.SIGALRM)
    with RunStopper(LONG_SECONDS).watching():
        pass
    assert (signal.getitimer(signal.ITIMER_REAL)[0], signal.getsignal(signal.SIGALRM)) == (0, before)


def test_interrupt_by_the_keyboard_is_one() -> None:
    with default_interrupts():
        with pytest.raises(KeyboardInterrupt), RunStopper(LONG_SECONDS).watching():
            signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_interruption_at_the_very_end_is_met() -> None:
    """It is sent to the thread, and waits for the next step of its code."""
    ends: list[int] = []

    def run() -> None:
        stopper = RunStopper(LONG_SECONDS)
        with suppress(RunStopped), stopper.watching():
            stopper.stop("at the end")
        ends.extend(range(1_000))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert len(ends) == 1_000


TRACED: Final = """
import sys
from pytest_acr.sweeping.stopping import RunStopper
from tests.support.interrupts import default_interrupts

with RunStopper(60.0).watching():
    pass
sys.setprofile(lambda *_event: None)
print(sum(number for number in range(3)))
"""


def test_profiler_goes_on_after_a_watched_block() -> None:
    """An endless loop of CPython's can be ended from outside alone."""
    command = [sys.executable, "-c", TRACED]
    found = subprocess.run(command, capture_output=True, check=True, timeout=20)
    assert found.stdout == b"3\n"
