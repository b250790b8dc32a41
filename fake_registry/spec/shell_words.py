"""Parts of a command of curl for a POSIX shell."""

import re
from shlex import quote
from typing import Final

_SPECIAL: Final = re.compile(r'([\\"$`])')
"""What a POSIX shell reads between double quotes as more than itself (POSIX, Double-Quotes)."""


def escape_double_quoted(text: str) -> str:
    """Return a text with escapes, so that it has no special meaning between double quotes.

    >>> escape_double_quoted("$HOME")
    '\\\\$HOME'
    """
    return _SPECIAL.sub(r"\\\1", text)


def header_word(name: str, value: str) -> str:
    """Return the value of curl's option `-H`, quoted.

    curl writes an empty header for one that ends in a semicolon; with a colon it sends none.

    >>> header_word("Accept", "*/*"), header_word("Accept", "")
    ("'Accept: */*'", "'Accept;'")
    """
    return quote(f"{name}: {value}" if value else f"{name};")
