"""Returns memory to the operating system, after much of it was freed."""

import ctypes
import gc
import sys
from functools import _lru_cache_wrapper
from typing import Final

from fake_registry.spec.text_cache import TextCache

_CLEAR_CACHES: Final = ("_clear_internal_caches", "_clear_type_cache")
"""CPython's functions since 3.13 and before. Others may have neither."""


_MUCH_BYTES: Final = 8 << 20


def release_much_memory(freed_bytes: int) -> None:
    """Release memory if the bytes that were freed are worth the time: some milliseconds."""
    if freed_bytes >= _MUCH_BYTES:
        release_memory()


def release_memory() -> None:
    """Collect garbage, and return free memory to the operating system where the C library can."""
    _clear_interpreter_caches()
    _clear_caches_of_texts()
    gc.collect()

    # glibc keeps freed memory: a server that once held much would look as if it still did
    try:
        trim = ctypes.CDLL(None).malloc_trim  # musl, macOS and Windows have none
    except (AttributeError, OSError, TypeError):
        return
    trim(0)


def _clear_caches_of_texts() -> None:
    """Forget results that are kept for texts of clients: they, too, lie all over the memory.

    A cache without a bound does not hold what clients send, and is kept.
    """
    for one in gc.get_objects():
        if isinstance(one, TextCache):
            one.clear()
        elif isinstance(one, _lru_cache_wrapper) and _is_ours_and_bounded(one):
            one.cache_clear()


def _is_ours_and_bounded(function: "_lru_cache_wrapper[object]") -> bool:
    is_ours = function.__module__.startswith("fake_registry.")
    return is_ours and function.cache_parameters()["maxsize"] is not None


def _clear_interpreter_caches() -> None:
    """Forget the names of attributes that were looked up lately.

    The interpreter keeps up to 4,096 of them, small objects that hold memory all around them: an
    arena of 1 MiB is returned only as a whole.
    """
    for name in _CLEAR_CACHES:
        clear = getattr(sys, name, None)
        if clear is not None:
            clear()
            return
