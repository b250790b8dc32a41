"""The library that runs the calling task, asyncio (and uvloop) or trio, and cancellation in both.

Neither is imported with this module: asyncio would cost sync clients 20 ms, and trio need not be
installed. A program that runs under trio has imported it.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import ModuleType
from typing import Any


def runs_in_trio() -> bool:
    """Return whether the calling task is one of trio's, also where trio is a guest of asyncio."""
    return "trio" in sys.modules and trio_module().lowlevel.in_trio_task()


def trio_module() -> Any:  # Any: a module that need not be installed
    """Return trio, for a task that runs in it."""
    return sys.modules["trio"]


def asyncio_module() -> ModuleType:
    """Return asyncio."""
    import asyncio

    return asyncio


@asynccontextmanager
async def cancel_after(seconds: float) -> AsyncIterator[None]:
    """Cancel a block after `seconds` of real time, and raise TimeoutError then."""
    if not runs_in_trio():
        async with asyncio_module().timeout(seconds):
            yield
        return

    with trio_module().move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise TimeoutError
