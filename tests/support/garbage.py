"""Garbage of one test alone, collected at a known moment."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def garbage_collected() -> Iterator[None]:
    """Collect, at the end, what became garbage inside.

    Older objects are not visited: that takes 0.2 s, and would report what other tests left.
    """
    gc.disable()
    try:
        yield
        gc.collect(0)
    finally:
        gc.enable()
