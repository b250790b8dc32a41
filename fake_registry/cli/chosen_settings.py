"""The settings of the registries, made of the options in the environment and on the command line."""

from collections.abc import Iterable
from typing import Any, Final

from fake_registry.arguments import names_text
from fake_registry.cli.option_sources import Values
from fake_registry.cli.serve_options import OptionError
from fake_registry.settings import Settings

_OWN_OPTIONS: Final = ("name", "profile", "auth", "admin_user")
"""The settings that have an option of their own."""

_Named = tuple[str, str | None]
"""A value of --registry: a name, and a profile if there is one."""


def all_settings_of(*layers: Values) -> tuple[Settings, ...]:
    """Return the settings of each registry, one without --registry. Later layers win.

    Raises OptionError, also for an option that would have no effect beside the others.
    """
    named: Iterable[_Named] = ()
    for layer in layers:
        named = layer.get("registry", named)

    found = tuple(settings_of(*layers, registry=one) for one in named or (None,))
    _check_names([settings.name.lower() for settings in found], layers)
    return found


def settings_of(*layers: Values, registry: _Named | None = None) -> Settings:
    """Return the settings of one registry, by default the only one. Otherwise as
    `all_settings_of`."""
    chosen: dict[str, Any] = {"auth": "off"}  # Any: as in Values
    for layer in layers:
        _check_layer(layer)
        chosen |= {name: value for name, value in layer.get("setting", ()) if "." not in name}
        chosen |= {name: layer[name] for name in ("name", "profile", "auth") if name in layer}
        if "admin_user" in layer:
            chosen["admin_user"], chosen["admin_password"] = layer["admin_user"]

    name, profile = registry or (chosen.get("name", Settings.name), None)
    if profile is not None:
        chosen["profile"] = profile
    chosen["name"] = name
    for layer in layers:
        chosen |= _settings_scoped(layer, str(name))

    try:
        settings = Settings(**chosen)
    except ValueError as error:
        raise OptionError(str(error)) from error

    if settings.auth == "off" and settings.admin_user is not None:
        required = "--auth token or --auth anonymous-pull"
        raise OptionError(f"--admin-user requires {required}: without it every request is allowed")
    return settings


def _settings_scoped(layer: Values, registry: str) -> dict[str, Any]:  # Any: as in Values
    """Return the settings of one registry alone, without its name before them."""
    prefix = f"{registry.lower()}."
    return {name.removeprefix(prefix): value for name, value in layer.get("setting", ()) if name.startswith(prefix)}


def _check_layer(layer: Values) -> None:
    """Raise OptionError if a setting has two values, one by an option of its own."""
    settings = dict(layer.get("setting", ()))
    for name in _OWN_OPTIONS:
        if name in layer and name in settings:
            flag = f"--{name.replace('_', '-')}"
            raise OptionError(f"expected {flag} or --setting {name}=, not both")

    if "registry" in layer and "name" in layer:
        raise OptionError("expected --registry or --name, not both")
    if "registry" in layer and "name" in settings:
        raise OptionError("expected --registry or --setting name=, not both")
    for name in settings:
        if name.endswith(".name"):
            raise OptionError(f"--setting {name}: a registry gets its name from --registry NAME")


def _check_names(names: list[str], layers: Iterable[Values]) -> None:
    """Raise OptionError for two registries of one name, and for settings of an unknown registry."""
    for name in names:
        if names.count(name) > 1:
            raise OptionError(f"--registry: expected each name once, found {name!r} twice")

    for layer in layers:
        for setting, _ in layer.get("setting", ()):
            scope, dot, _ = setting.rpartition(".")
            if dot and scope not in names:
                known = names_text(scope, names)
                raise OptionError(f"--setting {setting}: expected one of the registries {known}, found {scope!r}")
