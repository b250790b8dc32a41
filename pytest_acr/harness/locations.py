"""URLs in responses, whose form a registry chooses. They must not lead to content of others."""

import re
from collections.abc import Iterable
from posixpath import normpath
from typing import Final
from urllib.parse import unquote, urljoin, urlsplit

MAX_CHARS: Final = 8_000
"""Of a URL that is followed; longer ones count as malformed."""

_PUSHED_TO: Final = re.compile(r"/v2/(?P<name>.+)/(?:manifests|blobs)/")

_CONTENT: Final = re.compile(r"/v2/.+/(?:manifests|tags|blobs|referrers)(?:/.*)?|/acr/v1/(?!_catalog$).+", re.DOTALL)
"""The routes at which repositories have their content. Other paths are free for a registry's use."""


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


def upload_path_of(location: str | None, name: str) -> str | None:
    """Return path and query of the Location of an upload to the repository `name`.

    None as by `path_of`, and at the content of another repository: nothing may be sent there.
    """
    path = path_of(location)
    route = None if path is None else _content_route_of(path)

    is_elsewhere = route is not None and not route.startswith(f"/v2/{name}/")
    return None if is_elsewhere else path


def pushed_path_of(location: str | None, request_path: str, names: Iterable[str]) -> str | None:
    """Return path and query of the Location of a content that a request has pushed.

    None as by `upload_path_of`, for the repository in the request's path. An upload may have a path
    of another form: then for the repositories `names`.
    """
    pushed = _PUSHED_TO.match(unquote(request_path))
    allowed = names if pushed is None else [pushed["name"]]
    paths = (upload_path_of(location, name) for name in allowed)
    return next(filter(None, paths), None)


def query_suffix(path: str, query: str) -> str:
    """Return the end of a path with one more query, such as `&digest=...` after another one."""
    if not query:
        return ""
    return f"{'&' if '?' in path else '?'}{query}"


def page_path_of(location: str | None, base: str) -> str | None:
    """Return path and query of the page after `base`; None as by `path_of`, and for another list."""
    path = path_of(location, base)
    route = None if path is None else _content_route_of(path)

    is_elsewhere = route is not None and route != _content_route_of(base)
    return None if is_elsewhere else path


def _content_route_of(path: str) -> str | None:
    """Return the route of a path as a registry reads it; None unless it is that of a content."""
    route = normpath(unquote(path.partition("?")[0])).replace("//", "/")
    return route if _CONTENT.fullmatch(route) else None
