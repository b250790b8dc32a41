"""Standard output of the command."""

import os
import sys
from contextlib import suppress


def print_line(text: str) -> None:
    """Print a line at once. OSError if nothing can take it.

    Nothing fails if standard output is closed: `print` then does nothing.
    """
    try:
        print(text, flush=True)  # noqa: T201
    except OSError:
        _discard_the_rest()
        raise


def _discard_the_rest() -> None:
    """Lead the rest of the buffer to the null device: Python would write it at its end, and print an
    error of its own (its documentation, "Note on SIGPIPE")."""
    with suppress(OSError, ValueError):
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, sys.stdout.fileno())
        os.close(null)
