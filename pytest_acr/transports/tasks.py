"""The library that runs the calling task, asyncio (and uvloop) or trio, and cancellation in both.

Neither is imported with this module: asyncio would cost sync clients 20 ms, and trio need not be
installed. A program that runs under trio has imported it.
"""

import sys
from collections.abc import AsyncIterator, Generator
from contextlib import asynccontextmanager
from types import ModuleType, coroutine
from typing import Any, TypeVar

T = TypeVar("T")


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


async def next_within(items: AsyncIterator[T], seconds: float) -> T:
    """Return the next item. Cancel it after `seconds` of real time, and raise TimeoutError then.

    StopAsyncIteration at the end. Under asyncio, an item that is there already costs no timer: the
    time begins when the item is first waited for. trio requires nested scopes, and `items` may open
    one before it waits.
    """
    if runs_in_trio():
        async with cancel_after(seconds):
            return await anext(items)

    item: T
    steps: Any = anext(items).__await__()  # Any: typeshed has no name for it
    try:
        awaited = next(steps)
    except StopIteration as end:
        item = end.value
        return item

    async with asyncio_module().timeout(seconds):
        item = await _resume(steps, awaited)
    return item


@coroutine
def _resume(steps: Any, awaited: object) -> Generator[object, None, Any]:  # Any: as above
    """Await the rest of an awaitable whose first step has been made, and waits for `awaited`."""
    while True:
        try:
            yield awaited
        except BaseException as error:  # noqa: BLE001  a cancellation, which the awaitable sees
            try:
                awaited = steps.throw(error)
            except StopIteration as end:
                return end.value
        else:
            return (yield from steps)
