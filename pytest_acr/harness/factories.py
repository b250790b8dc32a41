"""`takes_nothing`: reports whether a function makes a registry, or is a WSGI app."""

import inspect
from collections.abc import Callable


def takes_nothing(function: Callable[..., object]) -> bool:
    """Return whether a function can be called without arguments; a WSGI app takes two."""
    try:
        inspect.signature(function).bind()
    except TypeError:
        return False
    return True
