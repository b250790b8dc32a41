"""Waiting in coroutines, under asyncio (and uvloop, which runs asyncio's tasks) and under trio."""

from fake_registry.clock import Clock, ManualClock, SystemClock
from pytest_acr.transports.tasks import asyncio_module, runs_in_trio, trio_module


async def give_way() -> None:
    """Let the event loop run its other tasks once, and deliver a cancellation that is due."""
    await sleep(0)


async def sleep(seconds: float) -> None:
    """Suspend this task alone for `seconds` of real time."""
    if runs_in_trio():
        await trio_module().sleep(seconds)
    else:
        await asyncio_module().sleep(seconds)


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
        await trio_module().to_thread.run_sync(clock.wait, seconds)
    else:
        await asyncio_module().to_thread(clock.wait, seconds)
