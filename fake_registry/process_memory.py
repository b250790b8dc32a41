"""Returns memory to the operating system, after much of it was freed."""

import gc
import sys
import threading
from functools import _lru_cache_wrapper
from typing import Final

from fake_registry.spec.text_cache import TextCache

_CLEAR_CACHES: Final = ("_clear_internal_caches", "_clear_type_cache")
"""CPython's functions since 3.13 and before. Others may have neither."""


_MUCH_BYTES: Final = 8 << 20

_LATER_SECONDS: Final = 0.2
"""Long enough for an answer to be sent and for its request to be forgotten."""


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
        import ctypes  # absent in a Python that was built without libffi

        trim = ctypes.CDLL(None).malloc_trim  # musl, macOS and Windows have none
    except (AttributeError, ImportError, OSError, TypeError):
        return
    trim(0)


class LaterRelease:
    """Releases memory soon after it was asked to; once, however often that was.

    What a request itself makes lies among the memory that it frees, and keeps an arena of 1 MiB for
    each few objects until the request is over.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._is_due = False

    def ask(self) -> None:
        """Let another thread release memory, unless one is about to."""
        with self._mutex:
            if self._is_due:
                return
            self._is_due = True

        timer = threading.Timer(_LATER_SECONDS, self._release)
        timer.daemon = True
        try:
            timer.start()
        except RuntimeError:  # no thread can be started: the next call tries again
            self._is_due = False

    def _release(self) -> None:
        with self._mutex:
            self._is_due = False
        release_memory()


def _clear_caches_of_texts() -> None:
    """Forget results that are kept for texts of clients: they, too, lie all over the memory.

    The caches are looked for in our modules. `gc.get_objects` would find them as well, but it makes
    `tuple` fail in other threads: CPython refuses to finish a tuple that someone else refers to.
    """
    ours = [module for name, module in list(sys.modules.items()) if name.startswith("fake_registry.")]
    for value in [value for module in ours for value in list(vars(module).values())]:
        if isinstance(value, TextCache):
            value.clear()
        elif isinstance(value, _lru_cache_wrapper) and _is_bounded(value):
            value.cache_clear()


def _is_bounded(function: "_lru_cache_wrapper[object]") -> bool:
    """A cache without a bound does not hold what clients send, and is kept."""
    return function.cache_parameters()["maxsize"] is not None


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
