"""Criteria that select exchanges: fields by name, four of them by pattern, lists by one item."""

from collections.abc import Callable, Mapping
from typing import Final, TypedDict, TypeGuard, get_type_hints

from fake_registry.arguments import check_type, names_text
from fake_registry.journal.exchange import Exchange, Headers
from fake_registry.spec.endpoints import check_endpoint_pattern
from fake_registry.spec.patterns import matches

_FIELDS: Final = get_type_hints(Exchange)
"""The names of criteria, each with the type that it compares with."""
_PATTERNS: Final = frozenset({"endpoint", "repository", "reference", "path"})
_TEXTS: Final = frozenset({"errors", "faults"})
"""Lists of which a criterion may be one item, or a pattern of it."""
_HEADERS: Final = frozenset({"request_headers", "response_headers"})
"""Lists of which a criterion may be one header, by its name in any case and its whole value."""

_METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
"""The methods of RFC 9110 §9.3 and of RFC 5789."""

_STATUSES: Final = range(100, 600)

Check = Callable[[Exchange], bool]

Criteria = Mapping[str, object]
"""Values by the names of fields."""


class ExchangeCriteria(TypedDict, total=False):
    """Criteria as keyword arguments, for type checkers: the fields of `Exchange`."""

    number: int
    time: int
    method: str
    host: str
    path: str
    query: str
    endpoint: str | None
    repository: str | None
    reference: str | None
    status: int | None
    errors: str | tuple[str, ...]
    failure: str | None
    principal: str | None
    faults: str | tuple[str, ...]
    request_bytes: int
    response_bytes: int | None
    request_headers: tuple[str, str] | Headers
    response_headers: tuple[str, str] | Headers
    scheme: str


def check_of(criteria: Criteria) -> Check:
    """Return a function that says whether an exchange meets all criteria.

    Raises TypeError for an unknown field or a value of another type, ValueError for an unknown
    endpoint, method or status.
    """
    checks = [_check_of_field(name, expected) for name, expected in criteria.items()]
    return lambda exchange: all(check(exchange) for check in checks)


def _check_of_field(name: str, expected: object) -> Check:
    if name not in _FIELDS:
        raise TypeError(f"an exchange has no {name!r}; it has {names_text(name, sorted(_FIELDS))}")

    if name in _TEXTS and isinstance(expected, str):
        return lambda item: any(_is_like(expected, text) for text in getattr(item, name))
    if name in _HEADERS and _is_header(expected):
        header = _without_case(expected)
        return lambda item: header in map(_without_case, getattr(item, name))

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


def _is_like(pattern: str, text: str) -> bool:
    """Return whether a text is this one, also with the characters of patterns, or matches it."""
    return pattern == text or matches(pattern, text)


def _is_header(expected: object) -> TypeGuard[tuple[str, str]]:
    if not isinstance(expected, tuple) or len(expected) != 2:
        return False
    return all(isinstance(part, str) for part in expected)


def _without_case(header: tuple[str, str]) -> tuple[str, str]:
    name, value = header
    return name.lower(), value


def _check_status(status: int) -> None:
    if status not in _STATUSES:
        raise ValueError(f"status: expected a number from 100 to 599, found {status}")


def _method_of(text: str) -> str:
    method = text.upper()
    if method not in _METHODS:
        raise ValueError(f"method: expected one of {names_text(method, _METHODS)}, found {text!r}")
    return method
