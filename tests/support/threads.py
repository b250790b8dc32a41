"""Threads that start at one moment and switch as often as the interpreter can."""

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SWITCH_SECONDS = 1e-6


def run_together(work: Callable[[], object], *, threads: int) -> None:
    """Call `work` in each of `threads` threads, which start together; return when all have ended."""
    start = threading.Barrier(threads)

    def run() -> None:
        start.wait()
        work()

    running = [threading.Thread(target=run) for _ in range(threads)]
    with frequent_switches():
        for thread in running:
            thread.start()
        for thread in running:
            thread.join()


@contextmanager
def frequent_switches() -> Iterator[None]:
    """Let the interpreter switch threads every microsecond."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
