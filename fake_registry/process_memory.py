"""Returns memory to the operating system, after much of it was freed."""

import ctypes
import gc
import sys
from typing import Final

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
    gc.collect()

    # glibc keeps freed memory: a server that once held much would look as if it still did
    try:
        trim = ctypes.CDLL(None).malloc_trim  # musl, macOS and Windows have none
    except (AttributeError, OSError, TypeError):
        return
    trim(0)


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
