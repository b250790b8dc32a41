"""The values of the options of the plugin: each function returns that of a text that is not empty.

ValueError for an invalid one.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from fake_registry.http.faults.sweep import SweepEffect

YES: Final = "yes"
NO: Final = "no"


def parse_choice(text: str) -> Any:  # Any: the Literal of each option
    """Return one of the choices as it is: `parse` of an option with `choices` receives no other."""
    return text


def parse_switch(text: str) -> bool:
    """Return whether a switch is on."""
    return text == YES


def parse_path(text: str) -> Path:
    """Return a path as it is now, absolute."""
    return Path(text).absolute()  # a test may change the working directory


def parse_rules(text: str) -> frozenset[str]:
    """Return the names of rules of strict mode, which are separated by commas."""
    from fake_registry.journal.checks.table import parse_allowed

    return parse_allowed([name.strip() for name in text.split(",")])


def parse_effects(text: str) -> "tuple[SweepEffect, ...]":
    """Return the failures of a sweep."""
    from fake_registry.http.faults.sweep import effects_named

    return effects_named(text)


def parse_folder(text: str) -> Path:
    """Return a folder that can be written; it is made if it is absent."""
    folder = Path(text).absolute()  # a test may change the working directory
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise ValueError(f"expected a folder that can be written, found {text!r}: {error}") from None

    if not os.access(folder, os.W_OK | os.X_OK):
        raise ValueError(f"expected a folder that can be written, found {text!r}")
    return folder


def parse_endpoint(text: str) -> str:
    """Return the URL of a registry."""
    from fake_registry.client.registry_url import parse_registry_url

    return str(parse_registry_url(text))
