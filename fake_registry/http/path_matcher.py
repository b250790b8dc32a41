"""`PathMatcher`: finds the one of several paths with names in braces that a path has the form of.

werkzeug's router, which is made for hundreds of rules, takes four times as long; and each blob and
upload has a path of its own.
"""

import re
from collections.abc import Iterable
from itertools import chain, zip_longest
from typing import Final

_NAME: Final = re.compile(r"\{(\w+)\}")

_REPOSITORY: Final = "repository"
"""The only name in a path that may have slashes."""


class PathMatcher:
    """Matches paths such as `/v2/{repository}/tags/list`.

    A slash at the end is optional where the path has one, or has no names. Where several
    paths match, static text wins over a name, and a longer path over `{repository}`.

    >>> PathMatcher(["/v2/{repository}/blobs/{digest}"]).match("/v2/a/b/blobs/c")
    ('/v2/{repository}/blobs/{digest}', {'repository': 'a/b', 'digest': 'c'})
    """

    def __init__(self, paths: Iterable[str]) -> None:
        self._found: dict[int, tuple[str, tuple[str, ...]]] = {}
        alternatives, group = [], 1

        for path in sorted(paths, key=_precedence_of):
            names = tuple(_NAME.findall(path))
            alternatives.append(_pattern_of(path))
            self._found[group] = path, names
            group += 1 + len(names)

        self._pattern = re.compile("|".join(alternatives))

    def match(self, path: str) -> tuple[str, dict[str, str]] | None:
        """Return the path that `path` has the form of, and its names; None if there is no such."""
        match = self._pattern.fullmatch(path)
        if match is None:
            return None

        group = match.lastindex or 0
        found, names = self._found[group]
        return found, {name: match[group + place] for place, name in enumerate(names, 1)}


def _precedence_of(path: str) -> tuple[int, ...]:
    """Return a key that sorts paths: those that are tried earlier are less."""
    return (*map(_generality_of, path.split("/")), 3)


def _generality_of(segment: str) -> int:
    name = _NAME.fullmatch(segment)
    if name is None:
        return 0
    return 2 if name[1] == _REPOSITORY else 1


def _pattern_of(path: str) -> str:
    """Return a regular expression: a group for all of a path, with one for each name."""
    texts = _NAME.split(path)
    names = [_pattern_of_name(name) for name in texts[1::2]]
    pieces = chain.from_iterable(zip_longest(map(re.escape, texts[::2]), names, fillvalue=""))
    pattern = "".join(pieces)

    slash_is_optional = path.endswith("/") or not names
    return f"({pattern.removesuffix('/')}/?)" if slash_is_optional else f"({pattern})"


def _pattern_of_name(name: str) -> str:
    return "([^/].*)" if name == _REPOSITORY else "([^/]+)"
