"""Waiting in coroutines, under asyncio (and uvloop, which runs asyncio's tasks) and under trio.

Neither is imported with this module: asyncio would cost sync clients 20 ms, and trio need not be
installed. A program that runs under trio has imported it.
"""

import sys
from types import ModuleType
from typing import Any

from fake_registry.clock import Clock, ManualClock, SystemClock


async def give_way() -> None:
    """Let the event loop run its other tasks once, and deliver a cancellation that is due."""
    await sleep(0)


async def sleep(seconds: float) -> None:
    """Suspend this task alone for `seconds` of real time."""
    if runs_in_trio():
        await _trio().sleep(seconds)
    else:
        await _asyncio().sleep(seconds)


async def wait(clock: Clock, seconds: float) -> None:
    """Let `seconds` pass on `clock` while other tasks run.

    A `ManualClock` moves at once. A clock of an unknown class may block, so it waits in a thread.
    """
    if isinstance(clock, ManualClock):
        clock.wait(seconds)
        await give_way()
    elif isinstance(clock, SystemClock):
        await sleep(max(seconds, 0))
    elif runs_in_trio():
        await _trio().to_thread.run_sync(clock.wait, seconds)
    else:
        await _asyncio().to_thread(clock.wait, seconds)


def runs_in_trio() -> bool:
    """Return whether the calling task is one of trio's, also where trio is a guest of asyncio."""
    return "trio" in sys.modules and _trio().lowlevel.in_trio_task()


def _trio() -> Any:  # Any: a module that need not be installed
    return sys.modules["trio"]


def _asyncio() -> ModuleType:
    import asyncio

    return asyncio
