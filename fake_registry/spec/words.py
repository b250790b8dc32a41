"""Short words for counts, sizes and digests, for texts that a test prints."""

import json
from collections.abc import Sequence
from typing import Final

from fake_registry.spec.text import printable

_DIGITS: Final = 12
"""The digits of a digest that are shown, as Docker does."""

_MOST_CHARACTERS: Final = 80

_UNITS: Final = ("kB", "MB", "GB", "TB", "PB", "EB")


def count_text(number: int, singular: str, plural: str | None = None) -> str:
    """Return a number with its noun.

    >>> count_text(1, "layer"), count_text(2, "repository", "repositories")
    ('1 layer', '2 repositories')
    """
    noun = singular if number == 1 else plural or f"{singular}s"
    return f"{number} {noun}"


def first_names_text(names: Sequence[str], *, most: int, total: int | None = None) -> str:
    """Return at most `most` names, and the number of the others: of `total`, if some are not given.

    >>> first_names_text(["a", "b", "c"], most=2), first_names_text(["a", "b", "c"], most=3, total=9)
    ('a, b and 1 more', 'a, b, c and 6 more')
    """
    shown = names[:most]
    text = ", ".join(shown)
    left = (total or len(names)) - len(shown)
    return f"{text} and {left} more" if left else text


def size_text(size: int) -> str:
    """Return a number of bytes in decimal units, as Docker does.

    >>> size_text(999), size_text(1_250_000)
    ('999 bytes', '1.2 MB')
    """
    if size < 1_000:
        return count_text(size, "byte")

    scaled = float(size)
    for unit in _UNITS:
        scaled /= 1_000
        if scaled < 999.95 or unit == _UNITS[-1]:
            break
    return f"{scaled:.1f} {unit}"


def short_digest(digest: str) -> str:
    """Return the algorithm and the first digits of a digest.

    >>> short_digest("sha256:0123456789abcdef")
    'sha256:0123456789ab'
    """
    algorithm, _, digits = digest.partition(":")
    return f"{algorithm}:{digits[:_DIGITS]}"


def value_text(value: object) -> str:
    """Return the value of an attribute as JSON has it, shortened.

    >>> value_text(True), value_text(None)
    ('true', 'null')
    """
    return short_text(json.dumps(value))


def short_text(text: str) -> str:
    """Return text of a caller, printable, and shortened to fit a line."""
    shown = printable(text)
    return shown if len(shown) <= _MOST_CHARACTERS else f"{shown[:_MOST_CHARACTERS]}..."
