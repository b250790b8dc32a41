"""`Exchanges`: recorded exchanges as a sequence, with filters and assertions."""

from collections.abc import Callable, Iterator, Sequence
from os import PathLike
from pathlib import Path
from typing import Final, get_type_hints, overload

from fake_registry.arguments import check_type
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.export import write_har, write_json_lines
from fake_registry.journal.text import criteria_text, dropped_text, list_text
from fake_registry.spec.endpoints import check_endpoint_pattern
from fake_registry.spec.patterns import matches

_FIELDS: Final = get_type_hints(Exchange)
"""The criteria of `where`, each with the type that it compares with."""
_PATTERNS = frozenset({"endpoint", "repository", "reference", "path"})

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
"""The methods of RFC 9110 §9.3 and of RFC 5789."""

_STATUSES: Final = range(100, 600)

Check = Callable[[Exchange], bool]


class Exchanges(Sequence[Exchange]):
    """Recorded exchanges, oldest first. A registry's own is live: it grows with each request.

    Criteria are fields of `Exchange` by name; endpoint, repository, reference and path are patterns
    such as `upload.*`.
    """

    def __init__(
        self,
        read: Callable[[], tuple[Exchange, ...]],
        count_dropped: Callable[[], int] = lambda: 0,
    ) -> None:
        self._read = read
        self._count_dropped = count_dropped

    @property
    def dropped(self) -> int:
        """The number of older exchanges that are no longer kept. A part has the number that its
        whole had when it was made."""
        return self._count_dropped()

    @overload
    def __getitem__(self, place: int) -> Exchange: ...
    @overload
    def __getitem__(self, place: slice) -> "Exchanges": ...
    def __getitem__(self, place: int | slice) -> "Exchange | Exchanges":
        items = self._read()[place]
        return items if isinstance(items, Exchange) else self._part_of(items)

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
        endpoint, method or status: an assertion on a filter that matches nothing could never fail.
        """
        checks = [_check_of(name, expected) for name, expected in criteria.items()]
        items = self._read()
        return self._part_of(tuple([item for item in items if all(check(item) for check in checks)]))

    def one(self, **criteria: object) -> Exchange:
        """Return the only exchange that meets the criteria; AssertionError unless it is one."""
        self.assert_count(1, **criteria)
        return self.where(**criteria)[0]

    def assert_count(self, expected: int, **criteria: object) -> None:
        """Raise AssertionError, with all exchanges, unless `expected` of them meet the criteria.

        Also if exchanges were dropped, because those may have met the criteria: see `dropped`.
        """
        check_type("expected", expected, int)
        found = self.where(**criteria)
        if len(found) == expected and found.dropped == 0:
            return

        condition = f"expected {expected} exchanges with {criteria_text(criteria)}"
        counted = f"found {len(found)}{dropped_text(found.dropped)}"
        raise AssertionError(f"{condition}, {counted} in:\n{self}")

    def assert_none(self, **criteria: object) -> None:
        """Raise AssertionError, with all exchanges, if any of them meets the criteria, or if some
        were dropped that may have."""
        self.assert_count(0, **criteria)

    def to_har(self, path: str | PathLike[str]) -> Path:
        """Write the exchanges to a HAR 1.2 file, for a browser's network panel; return its path.

        A file at `path` is replaced. Raises OSError or ValueError, with the path, if it cannot be
        written; then the file that was there stays. The same goes for `to_json_lines`.
        """
        __tracebackhide__ = True
        return write_har(path, self._read)

    def to_json_lines(self, path: str | PathLike[str]) -> Path:
        """Write each exchange as one line of JSON; return the path of the file.

        A line has the fields of `Exchange`, and `time_text`, the time as text.
        """
        __tracebackhide__ = True
        return write_json_lines(path, self._read)

    def _part_of(self, items: tuple[Exchange, ...]) -> "Exchanges":
        # counted after `items` were read: none is neither among them nor counted
        dropped = self.dropped
        return Exchanges(lambda: items, lambda: dropped)


def _check_of(name: str, expected: object) -> Check:
    if name not in _FIELDS:
        raise TypeError(f"an exchange has no {name!r}; it has {', '.join(sorted(_FIELDS))}")

    check_type(name, expected, _FIELDS[name])
    if isinstance(expected, int) and name == "status":
        _check_status(expected)
    if not isinstance(expected, str):
        return lambda item: bool(getattr(item, name) == expected)

    if name == "endpoint":
        check_endpoint_pattern(expected)
    if name in _PATTERNS:
        return lambda item: matches(expected, getattr(item, name) or "")

    text = _method_of(expected) if name == "method" else expected
    return lambda item: bool(getattr(item, name) == text)


def _check_status(status: int) -> None:
    if status not in _STATUSES:
        raise ValueError(f"status: expected a number from 100 to 599, found {status}")


def _method_of(text: str) -> str:
    method = text.upper()
    if method not in _METHODS:
        raise ValueError(f"method: expected one of {', '.join(_METHODS)}, found {text!r}")
    return method
