"""The names that a registry has, for the message about a name that it lacks."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Final

from fake_registry.arguments import nearest_first
from fake_registry.spec.words import first_names_text

MOST_NAMES: Final = 5
"""The most names in a message."""

_MOST_COMPARED: Final = 1_000
"""The most names that are compared letter by letter, which takes some 10 ms."""


def nearest_text(name: str, known: Sequence[str], kind: str) -> str:
    """Return in words which names there are instead of `name`: those most like it come first.

    `known` is in ASCII order.

    >>> nearest_text("dev/wep", ["dev/api", "dev/web", "prod/db"], "repositories")
    'the repositories dev/web, dev/api, prod/db'
    >>> nearest_text("1.0", [], "tags")
    'no tags'
    """
    if not known:
        return f"no {kind}"

    ordered = nearest_first(name, _neighbours(name, known))
    return f"the {kind} {first_names_text(ordered, most=MOST_NAMES, total=len(known))}"


def _neighbours(name: str, known: Sequence[str]) -> Sequence[str]:
    start = max(bisect_left(known, name) - _MOST_COMPARED // 2, 0)
    return known[start : start + _MOST_COMPARED]
