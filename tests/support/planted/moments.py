"""`moment`: where a planted race lets other threads act, between its two halves.

A witness acts there itself, by `meanwhile`, so that what it sees does not depend on threads.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_YIELDS: Final = 20
"""How often a thread gives way. Another thread often runs in one of these moments."""

_ACTS: Final[list[Callable[[], None]]] = []
"""The act of the witness that runs; it is done once."""


def moment() -> None:
    """Let other threads act, or the witness that runs."""
    if _ACTS:
        _ACTS.pop()()
        return

    for _ in range(_YIELDS):
        threading.Event().wait(1e-6)  # lets another thread run; nothing depends on how long


@contextmanager
def meanwhile(act: Callable[[], None]) -> Iterator[None]:
    """Do `act` in the first `moment` of the block; at its end if the block has none."""
    _ACTS.append(act)
    try:
        yield
    finally:
        rest = _ACTS[:]
        _ACTS.clear()
    for left in rest:
        left()


def in_another_thread(act: Callable[[], None]) -> None:
    """Do `act` in a new thread, and wait for its end."""
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()
