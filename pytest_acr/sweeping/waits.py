"""Waits of the code under test: they move the registries' clocks, and take no time."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from fake_registry.clock import ManualClock

T = TypeVar("T")

Clocks = Callable[[], Iterable[ManualClock]]
"""Returns the clocks that a wait moves, each once."""


@contextmanager
def waits_on_clocks(clocks: Clocks) -> Iterator[None]:
    """Let `time.sleep` and `asyncio.sleep` of this thread move `clocks` instead of waiting.

    They wait as usual where there is no clock to move, and in other threads, which may sleep for
    another reason than to try again.
    """
    thread_id = threading.get_ident()
    sleep, sleep_in_loop = time.sleep, asyncio.sleep

    def move_clocks(seconds: float) -> bool:
        """Return whether a clock has moved."""
        if threading.get_ident() != thread_id or not seconds > 0:
            return False
        found = list(clocks())
        for clock in found:
            clock.advance(min(seconds, clock.seconds_left))
        return bool(found)

    def sleep_on_clocks(seconds: float, /) -> None:
        sleep(0 if move_clocks(seconds) else seconds)

    async def sleep_in_loop_on_clocks(delay: float, result: T | None = None) -> T | None:
        return await sleep_in_loop(0 if move_clocks(delay) else delay, result)

    # `setattr`, because a type checker knows both as functions that are never replaced
    setattr(time, "sleep", sleep_on_clocks)  # noqa: B010
    setattr(asyncio, "sleep", sleep_in_loop_on_clocks)  # noqa: B010
    try:
        yield
    finally:
        setattr(time, "sleep", sleep)  # noqa: B010
        setattr(asyncio, "sleep", sleep_in_loop)  # noqa: B010
