"""Returns memory to the operating system, after much of it was freed."""

import ctypes
import gc


def release_memory() -> None:
    """Collect garbage, and return free memory to the operating system where the C library can.

    glibc keeps freed memory for later: a server that once held much would look as if it still did.
    """
    gc.collect()
    try:
        trim = ctypes.CDLL(None).malloc_trim  # glibc's; musl, macOS and Windows have none
    except (AttributeError, OSError, TypeError):
        return

    trim(0)
