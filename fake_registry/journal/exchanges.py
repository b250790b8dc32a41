"""`Exchanges`: recorded exchanges as a sequence, with filters and assertions."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, get_type_hints, overload

from fake_registry.arguments import check_type
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.text import criteria_text, list_text
from fake_registry.spec.endpoints import check_endpoint_pattern
from fake_registry.spec.patterns import matches

_FIELDS: Final = get_type_hints(Exchange)
"""The criteria of `where`, each with the type that it compares with."""
_PATTERNS = frozenset({"endpoint", "repository", "reference", "path"})

Check = Callable[[Exchange], bool]


class Exchanges(Sequence[Exchange]):
    """Recorded exchanges, oldest first. A registry's own is live: it grows with each request.

    Criteria are fields of `Exchange` by name; endpoint, repository, reference and path are patterns
    such as `upload.*`.
    """

    def __init__(self, read: Callable[[], tuple[Exchange, ...]]) -> None:
        self._read = read

    @overload
    def __getitem__(self, place: int) -> Exchange: ...
    @overload
    def __getitem__(self, place: slice) -> "Exchanges": ...
    def __getitem__(self, place: int | slice) -> "Exchange | Exchanges":
        items = self._read()[place]
        return items if isinstance(items, Exchange) else _view_of(items)

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Exchange]:
        return iter(self._read())  # one reading for all, where `Sequence` would read for each item

    def __repr__(self) -> str:
        return f"<Exchanges\n{self}\n>"

    def __str__(self) -> str:
        return list_text(self._read())

    def where(self, **criteria: object) -> "Exchanges":
        """Return the exchanges that meet all criteria.

        Raises TypeError for an unknown field or a value of another type, ValueError for an unknown
        endpoint: an assertion on a filter that matches nothing could never fail.
        """
        checks = [_check_of(name, expected) for name, expected in criteria.items()]
        return _view_of(tuple(item for item in self._read() if all(check(item) for check in checks)))

    def one(self, **criteria: object) -> Exchange:
        """Return the only exchange that meets the criteria; AssertionError unless it is one."""
        self.assert_count(1, **criteria)
        return self.where(**criteria)[0]

    def assert_count(self, expected: int, **criteria: object) -> None:
        """Raise AssertionError, with all exchanges, unless `expected` of them meet the criteria."""
        check_type("expected", expected, int)
        found = len(self.where(**criteria))
        if found == expected:
            return

        condition = f"expected {expected} exchanges with {criteria_text(criteria)}"
        raise AssertionError(f"{condition}, found {found} in:\n{self}")

    def assert_none(self, **criteria: object) -> None:
        """Raise AssertionError, with all exchanges, if any of them meets the criteria."""
        self.assert_count(0, **criteria)


def _view_of(items: tuple[Exchange, ...]) -> Exchanges:
    return Exchanges(lambda: items)


def _check_of(name: str, expected: object) -> Check:
    if name not in _FIELDS:
        raise TypeError(f"an exchange has no {name!r}; it has {', '.join(sorted(_FIELDS))}")

    check_type(name, expected, _FIELDS[name])
    if not isinstance(expected, str):
        return lambda item: bool(getattr(item, name) == expected)

    if name == "endpoint":
        check_endpoint_pattern(expected)
    if name in _PATTERNS:
        return lambda item: matches(expected, getattr(item, name) or "")
    text = expected.upper() if name == "method" else expected
    return lambda item: bool(getattr(item, name) == text)
