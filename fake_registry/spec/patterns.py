"""Patterns of names with `*`, `?` and `[...]`, as in `fnmatch`."""

import re
from collections.abc import Callable
from fnmatch import translate
from typing import Final

from fake_registry.spec.text_cache import TextCache


def matches(pattern: str, text: str) -> bool:
    """Return whether the whole `text` matches `pattern`; case counts.

    `fnmatchcase` is the same, but keeps 32,768 patterns of any length.

    >>> matches("upload.*", "upload.chunk")
    True
    """
    return _MATCHERS[pattern](text) is not None


def _matcher_of(pattern: str) -> Callable[[str], re.Match[str] | None]:
    return re.compile(translate(pattern)).match


_MATCHERS: Final = TextCache(_matcher_of, entries=500)
"""The compiled form of each pattern."""
