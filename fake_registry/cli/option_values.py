"""Parsers of the values of options. Those of settings are in `setting_text`."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final, get_args

from fake_registry.arguments import names_text
from fake_registry.client.registry_url import parse_registry_url
from fake_registry.control.access import check_token
from fake_registry.settings import Profile, Settings

_NO_PAIR: Final = "found a text without a colon, or with nothing before or after it"
"""Without the text itself: it may be a password."""


def parse_text(text: str) -> str:
    """Return a text that is not empty. Raises ValueError."""
    if not text:  # matters most for --host: "" listens on every address of the machine
        raise ValueError("expected a value, found none")
    return text


def parse_path(text: str) -> Path:
    """Return a path. Raises ValueError."""
    return Path(parse_text(text))


def parse_port(text: str) -> int:
    """Return a port. Raises ValueError."""
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise ValueError(f"expected a port from 0 to 65535, found {text!r}")
    return int(text)


def parse_seconds(text: str) -> float:
    """Return a number of seconds above 0, or infinity. Raises ValueError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan

    if not seconds > 0:  # NaN is not
        raise ValueError(f"expected a number of seconds above 0, or inf, found {text!r}")
    return seconds


def parse_switch(text: str) -> bool:
    """Return whether a switch is on. Raises ValueError."""
    return {"true": True, "false": False}[one_of("true", "false")(text)]


def parse_control_token(text: str) -> str:
    """Return a control token. Raises ValueError."""
    check_token(parse_text(text))
    return text


def parse_registry(text: str) -> tuple[str, str | None]:
    """Return the name of a registry, and the profile if there is one. Raises ValueError."""
    name, colon, profile = text.partition(":")
    Settings(name=name)
    return name, one_of(*get_args(Profile))(profile) if colon else None


def parse_user(text: str) -> tuple[str, str]:
    """Return user and password. Raises ValueError."""
    user, _, password = text.partition(":")
    if not (user and password):
        raise ValueError(f"expected USER:PASSWORD, {_NO_PAIR}")

    return user, password


def parse_principal(text: str) -> tuple[str, str]:
    """Return the client id and the secret of a service principal. Raises ValueError."""
    client_id, _, secret = text.partition(":")
    if not (client_id and secret):
        raise ValueError(f"expected CLIENT_ID:SECRET, {_NO_PAIR}")

    return client_id, secret


def parse_url(text: str) -> str:
    """Return the URL of a registry. Raises ValueError."""
    return str(parse_registry_url(text))


def one_of(*known: str) -> Callable[[str], str]:
    """Return a parser that accepts the texts `known` alone. It raises ValueError for others."""

    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(f"expected one of {names_text(text, known)}, found {text!r}")
        return text

    return parse
