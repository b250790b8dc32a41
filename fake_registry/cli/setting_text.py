"""Settings as text, `NAME=VALUE`, for the command line and the environment. Which values may be is `Settings`' to say.

A field's type says how its text is read, so that a new setting is understood as soon as it exists.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import NoneType
from typing import Literal, get_args, get_origin, get_type_hints

from fake_registry.settings import Settings

NONE = "none"
"""No limit, no admin user, ...: the value None of a setting that may have it."""

_KINDS = get_type_hints(Settings)


def parse_setting(text: str) -> tuple[str, object]:
    """Return a setting's name and its value. Raises ValueError: with the known names for one that does not exist.

    >>> parse_setting("default_page_size=10"), parse_setting("max_page_size=none")
    (('default_page_size', 10), ('max_page_size', None))
    """
    name, equals, value = text.partition("=")
    if not equals:
        raise ValueError(f"expected NAME=VALUE, found {text!r}")
    if name not in _KINDS:
        raise ValueError(f"there is no setting {name!r}; the settings are {', '.join(_KINDS)}")
    kinds = get_args(_KINDS[name]) if NoneType in get_args(_KINDS[name]) else (_KINDS[name],)
    if NoneType in kinds and value.lower() == NONE:
        return name, None
    parse, expected = _PARSERS[str if get_origin(kinds[0]) is Literal else kinds[0]]
    try:
        return name, parse(value)
    except (KeyError, ValueError, OverflowError):  # float knows infinity, timedelta does not
        or_none = f" or {NONE}" if NoneType in kinds else ""
        raise ValueError(f"{name} is {expected}{or_none}, not {value!r}") from None


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
"""How the text of a type is read, and how to call that in a refusal. A Literal is text: `Settings` knows its values."""
