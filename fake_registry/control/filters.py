"""Criteria that select requests, by every field of `Exchange`: in a query, and in a body.

A list has the criterion as one of its items: a code of `errors`, a pattern of `faults`, a header.
"""

from collections.abc import Mapping
from types import NoneType
from typing import Annotated, Any, Final, Union, get_args, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType
from werkzeug.datastructures import MultiDict

from fake_registry.arguments import nearest_first
from fake_registry.control.decoding import Integer, convert
from fake_registry.control.limits import MAX_FILTER, MAX_WAIT_SECONDS
from fake_registry.journal.exchange import Exchange, Headers

Criteria = Mapping[str, object]
"""Fields of `Exchange` by name, as `Exchanges.where` compares them."""

_Timeout = Annotated[int, Meta(ge=0, le=MAX_WAIT_SECONDS)] | Annotated[float, Meta(ge=0, le=MAX_WAIT_SECONDS)]
_Text = Annotated[str, Meta(max_length=MAX_FILTER)]

_ITEMS: Final[Mapping[object, object]] = {
    str: _Text,
    int: Integer,
    tuple[str, ...]: _Text,
    Headers: Annotated[tuple[_Text, _Text], Meta(description="name and value")],
    NoneType: NoneType,
}
"""The type of a criterion by that of the field."""


def _criterion_of(hint: object) -> Any:  # Any: a type that is made at run time
    options = [_ITEMS[hint]] if hint in _ITEMS else [_ITEMS[option] for option in get_args(hint)]
    return Union[(*options, UnsetType)]


_CRITERIA: Final = tuple([(name, _criterion_of(hint), UNSET) for name, hint in get_type_hints(Exchange).items()])

RequestQuery: Any = msgspec.defstruct("RequestQuery", _CRITERIA, forbid_unknown_fields=True)
"""The criteria in a query."""

WaitBody: Any = msgspec.defstruct(
    "WaitBody",
    [
        ("timeout", _Timeout, 5),
        ("after", Integer | None, None),
        *_CRITERIA,
    ],
    namespace={"__doc__": "Criteria for a request, the seconds to wait, and a number to follow."},
    forbid_unknown_fields=True,
)
"""The body of a wait."""

FIELDS: Final = tuple([name for name, *_ in _CRITERIA])

_HEADERS: Final = frozenset({"request_headers", "response_headers"})
_NAMED_NULL: Final = frozenset({"endpoint", "failure", "principal"})
"""Texts for which the word `null` in a query stands for null. Repositories and references may have
this name: an empty pattern matches those that are null."""


def criteria_of(values: msgspec.Struct) -> Criteria:
    """Return the criteria that were given in a query or a body."""
    given = {name: getattr(values, name) for name in FIELDS}
    return {name: value for name, value in given.items() if value is not UNSET}


def read_query(query: MultiDict[str, str]) -> Criteria:
    """Return the criteria in a query. ValueError, which lists the known names."""
    found = {name: _value_of(name, query.getlist(name)) for name in query}
    return criteria_of(convert(found, RequestQuery, strict=False))


def _value_of(name: str, values: list[str]) -> object:
    if name not in FIELDS:
        known = ", ".join(nearest_first(name, FIELDS))
        raise ValueError(f"there is no filter {name[:100]!r}; the filters are {known}")
    if len(values) > 1:
        raise ValueError(f"{name}: expected one value, found {len(values)}")
    [value] = values
    if len(value) > MAX_FILTER:
        raise ValueError(f"{name}: expected at most {MAX_FILTER} characters, found {len(value)}")

    if name in _HEADERS:
        return _header_of(name, value)
    return None if name in _NAMED_NULL and value == "null" else value


def _header_of(name: str, text: str) -> tuple[str, str]:
    key, colon, value = text.partition(":")
    if not colon:
        raise ValueError(f"{name}: expected a header such as Accept: */*, found no colon")
    return key.strip(), value.strip()
