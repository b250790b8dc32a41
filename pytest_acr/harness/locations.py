"""URLs in responses, whose form a registry chooses."""

from typing import Final
from urllib.parse import urljoin, urlsplit

MAX_CHARS: Final = 8_000
"""Of a URL that is followed; longer ones count as malformed."""


def path_of(location: str | None, base: str = "/") -> str | None:
    """Return path and query of a Location, or of another URL, which may be relative to `base`.

    None for an absent one, and for one to which no request can be sent.

    >>> path_of("http://localhost:5000/v2/a?b=c"), path_of("?b=c", "/v2/a"), path_of("http://[x")
    ('/v2/a?b=c', '/v2/a?b=c', None)
    """
    if not location or len(location) > MAX_CHARS:
        return None
    try:
        url = urlsplit(urljoin(base, location))
    except ValueError:
        return None

    path = url.path + (f"?{url.query}" if url.query else "")
    is_usable = path.startswith("/") and path.isascii() and path.isprintable() and " " not in path
    return path if is_usable else None
