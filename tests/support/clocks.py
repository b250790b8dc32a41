"""Clocks that bound a test which would wait too long if the code were wrong."""

from typing import NoReturn

from fake_registry.clock import SystemClock


class UnblockedClock(SystemClock):
    """The system clock for code that suspends its task: to block on it is an error.

    A coroutine that waits on a `SystemClock` sleeps in its event loop. One that calls `wait` stops
    all tasks, and the test for as long as the wait is.
    """

    def wait(self, seconds: float) -> NoReturn:
        raise AssertionError(f"expected a wait that other tasks run in, found one that blocks for {seconds} s")
