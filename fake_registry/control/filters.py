"""Criteria that select requests, by every field of `Exchange`: in a query, and in a body.

A list has the criterion as one of its items: a code of `errors`, a pattern of `faults`, a header.
"""

from collections.abc import Mapping
from types import NoneType
from typing import Annotated, Any, Final, Union, cast, get_args, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType
from werkzeug.datastructures import MultiDict

from fake_registry.arguments import names_text
from fake_registry.control.decoding import Integer, convert
from fake_registry.control.limits import MAX_FILTER, MAX_WAIT_SECONDS
from fake_registry.journal.criteria import ExchangeCriteria
from fake_registry.journal.exchange import Exchange, Headers

_HINTS: Final = get_type_hints(Exchange)

FIELDS: Final = tuple(_HINTS)
"""The names of the criteria."""

_UP_TO_LIMIT: Final = Meta(ge=0, le=MAX_WAIT_SECONDS)
_Timeout = Annotated[int, _UP_TO_LIMIT] | Annotated[float, _UP_TO_LIMIT]

_Text = Annotated[str, Meta(max_length=MAX_FILTER)]
_Header = Annotated[tuple[_Text, _Text], Meta(description="name and value")]
_HeaderText = Annotated[
    str,
    Meta(description="such as Accept: */*", extra_json_schema={"pattern": "^[^:]+:"}),
]

_ITEMS: Final[Mapping[object, object]] = {
    str: _Text,
    int: Integer,
    tuple[str, ...]: _Text,
    Headers: _Header,
    NoneType: NoneType,
}
"""The type of a criterion by that of the field."""


def _fields_of(items: Mapping[object, object]) -> list[Any]:  # Any: with types made at run time
    """Return a field for each of `Exchange`, as `msgspec.defstruct` defines it."""
    return [(name, _type_of(hint, items), UNSET) for name, hint in _HINTS.items()]


def _type_of(hint: object, items: Mapping[object, object]) -> Any:  # Any: as above
    options = [items[hint]] if hint in items else [items[option] for option in get_args(hint)]
    return Union[(*options, UnsetType)]


RequestQuery: Any = msgspec.defstruct(
    "RequestQuery",
    _fields_of({**_ITEMS, Headers: _HeaderText}),
    forbid_unknown_fields=True,
)
"""The criteria in a query."""

WaitBody: Any = msgspec.defstruct(
    "WaitBody",
    [
        ("timeout", _Timeout, 5),
        ("after", Integer | None, None),
        *_fields_of(_ITEMS),
    ],
    namespace={"__doc__": "Criteria for a request, the seconds to wait, and a number to follow."},
    forbid_unknown_fields=True,
)
"""The body of a wait."""

_HEADERS: Final = frozenset({"request_headers", "response_headers"})
_NAMED_NULL: Final = frozenset({"endpoint", "failure", "principal"})
"""Texts for which the word `null` in a query stands for null. Repositories and references may have
this name: an empty pattern matches those that are null."""


def criteria_of(values: msgspec.Struct) -> ExchangeCriteria:
    """Return the criteria that were given in a query or a body."""
    given = {name: getattr(values, name) for name in FIELDS}
    # The cast: the struct has the fields of an exchange, with their types.
    return cast(ExchangeCriteria, {name: value for name, value in given.items() if value is not UNSET})


def read_query(query: MultiDict[str, str]) -> ExchangeCriteria:
    """Return the criteria in a query. ValueError, which lists the known names."""
    found = {name: _text_of(name, query.getlist(name)) for name in query}
    criteria = criteria_of(convert(found, RequestQuery, strict=False))
    return cast(ExchangeCriteria, {name: _value_of(name, value) for name, value in criteria.items()})  # as above


def _text_of(name: str, values: list[str]) -> str:
    if name not in FIELDS:
        known = names_text(name, FIELDS)
        raise ValueError(f"there is no filter {name[:100]!r}; the filters are {known}")
    if len(values) > 1:
        raise ValueError(f"{name}: expected one value, found {len(values)}")

    [value] = values
    if len(value) > MAX_FILTER:
        raise ValueError(f"{name}: expected at most {MAX_FILTER} characters, found {len(value)}")
    return value


def _value_of(name: str, value: object) -> object:
    """Return the criterion for a value of a query."""
    if name in _HEADERS:
        return _header_of(name, str(value))
    return None if name in _NAMED_NULL and value == "null" else value


def _header_of(name: str, text: str) -> tuple[str, str]:
    key, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"{name}: expected a header such as Accept: */*, found no colon")
    return key.strip(), value.strip()
