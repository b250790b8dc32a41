"""The settings of the server, made of the options in the environment and on the command line."""

from typing import Any, Final

from fake_registry.cli.options import Values
from fake_registry.cli.process import OptionError
from fake_registry.settings import Settings

_OWN_OPTIONS: Final = ("name", "profile", "auth", "admin_user")
"""The settings that have an option of their own."""


def settings_of(*layers: Values) -> Settings:
    """Return the settings made of the options in `layers`. Later layers win.

    Raises OptionError, also for an option that would have no effect beside the others.
    """
    chosen: dict[str, Any] = {"auth": "off"}  # Any: as in Values
    for layer in layers:
        _check_layer(layer)
        chosen |= dict(layer.get("setting", ()))
        chosen |= {name: layer[name] for name in ("name", "profile", "auth") if name in layer}
        if "admin_user" in layer:
            chosen["admin_user"], chosen["admin_password"] = layer["admin_user"]

    try:
        settings = Settings(**chosen)
    except ValueError as error:
        raise OptionError(str(error)) from error

    if settings.auth == "off" and settings.admin_user is not None:
        required = "--auth token or --auth anonymous-pull"
        raise OptionError(f"--admin-user requires {required}: without it every request is allowed")
    return settings


def _check_layer(layer: Values) -> None:
    """Raise OptionError if a setting has two values, one by an option of its own."""
    settings = dict(layer.get("setting", ()))
    for name in _OWN_OPTIONS:
        if name in layer and name in settings:
            flag = f"--{name.replace('_', '-')}"
            raise OptionError(f"expected {flag} or --setting {name}=, not both")
