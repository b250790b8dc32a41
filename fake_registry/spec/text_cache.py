"""`TextCache`: results of a function of a text that clients choose, bounded in number and size."""

from collections.abc import Callable
from typing import Final, TypeVar

Value = TypeVar("Value")

LONGEST_KEY: Final = 512
"""The most characters of a kept text. A longer one is rare, and computed each time."""


class TextCache(dict[str, Value]):
    """The results of `compute`, to be read as `cache[text]`, which is faster than a call.

    It keeps at most `entries` results, of texts of at most `longest` characters; one more replaces
    all of them. What `compute` raises is not kept. Safe to use from several threads.

    >>> upper = TextCache(str.upper, entries=2)
    >>> [upper[text] for text in "aab"], dict(upper)
    (['A', 'A', 'B'], {'a': 'A', 'b': 'B'})
    """

    def __init__(
        self,
        compute: Callable[[str], Value],
        *,
        entries: int,
        longest: int = LONGEST_KEY,
    ) -> None:
        super().__init__()
        self._compute = compute
        self._entries = entries
        self._longest = longest

    def __missing__(self, text: str) -> Value:
        value = self._compute(text)
        if len(text) > self._longest:
            return value

        if len(self) >= self._entries:
            self.clear()
        self[text] = value
        return value
