"""Parses settings written as `NAME=VALUE`, on the command line and in the environment.

The type of the setting's field decides how the text is parsed, so a new setting needs no change
here. `Settings` checks the values.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import NoneType
from typing import Literal, get_args, get_origin, get_type_hints

from fake_registry.arguments import names_text
from fake_registry.settings import Settings

NONE = "none"
"""The text of the value None, for a setting that may be None: no limit, no admin user."""

_KINDS = get_type_hints(Settings)


def parse_setting(text: str) -> tuple[str, object]:
    """Return the name and value of a setting. Raises ValueError; for an unknown name, it lists the
    known ones.

    >>> parse_setting("default_page_size=10"), parse_setting("max_page_size=none")
    (('default_page_size', 10), ('max_page_size', None))
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"expected NAME=VALUE, found {text!r}")
    if name not in _KINDS:
        known = names_text(name, _KINDS)
        raise ValueError(f"there is no setting {name!r}; the settings are {known}")

    kind, optional = _kind_of(name)
    if optional and value.lower() == NONE:
        return name, None

    parse, expected = _PARSERS[kind]
    try:
        return name, parse(value)
    except (KeyError, ValueError, OverflowError):  # float accepts infinity, timedelta does not
        if optional:
            expected = f"{expected} or {NONE}"
        raise ValueError(f"expected {name} to be {expected}, found {value!r}") from None


def parse_scoped_setting(text: str) -> tuple[str, object]:
    """Return the name and value of a setting of all registries, or of one: `REGISTRY.NAME`.

    Raises ValueError, as `parse_setting` does.

    >>> parse_scoped_setting("Left.max_page_size=10")
    ('left.max_page_size', 10)
    """
    scope, dot, _ = text.partition("=")[0].partition(".")
    if not dot:
        return parse_setting(text)

    name, value = parse_setting(text.removeprefix(scope + dot))
    return f"{scope.lower()}.{name}", value


def _kind_of(name: str) -> tuple[type, bool]:
    """Return the type that a setting's text is parsed as, and whether the setting may be None."""
    union = get_args(_KINDS[name])
    optional = NoneType in union
    kind = union[0] if optional else _KINDS[name]
    return str if get_origin(kind) is Literal else kind, optional


def _parse_bool(text: str) -> bool:
    return {"true": True, "false": False}[text.lower()]


def _parse_seconds(text: str) -> timedelta:
    return timedelta(seconds=float(text))


_PARSERS: Mapping[type, tuple[Callable[[str], object], str]] = {
    str: (str, "text"),
    bool: (_parse_bool, "true or false"),
    int: (int, "a whole number"),
    timedelta: (_parse_seconds, "a number of seconds"),
}
"""The parser of each type, and the type's name in error messages. A Literal is parsed as text;
`Settings` checks it."""
