"""The values of options, from the command line and from the environment."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from fake_registry.cli.option import PREFIX, Option
from fake_registry.cli.options import EXPORT_OPTIONS, SERVE_OPTIONS
from fake_registry.cli.serve_options import OptionError
from fake_registry.command_lines import misspelt_variable_text

Values = Mapping[str, Any]  # Any: the result of each option's parser
"""The values of the options that are set, by name."""

_CHOICES: Final = (
    (frozenset({"tls", "tls_name"}), frozenset({"tls_cert", "tls_key"})),
    (frozenset({"registry"}), frozenset({"name"})),
    (frozenset({"token"}), frozenset({"username", "password"})),
    (frozenset({"ca_file"}), frozenset({"insecure"})),
)
"""Pairs of options that exclude each other: if one side is on the command line, variables for the
other side are ignored."""

_SWITCHED_OFF: Final = (
    ("control", False, frozenset({"control_token", "control_host", "open"})),
    ("auth", "off", frozenset({"admin_user"})),
    ("tls", False, frozenset({"tls_name"})),
)
"""Options with a value on the command line for which variables of other options are ignored."""


def from_environment(
    options: Collection[Option],
    environ: Mapping[str, str],
    given: Values,
) -> Values:
    """Return the options set in the environment, except for those that the command line, `given`,
    decides. Raises OptionError, also for the misspelt name of an option of any command."""
    of_any_command = (*SERVE_OPTIONS, *EXPORT_OPTIONS)
    known = [option.variable for option in of_any_command]
    switches = [option.variable for option in of_any_command if option.value is None]
    misspelt = misspelt_variable_text(environ, known, prefix=PREFIX, switches=switches)
    if misspelt:
        raise OptionError(misspelt)

    decided = {option.name for option in options if option.name in given and not option.many}
    for one, other in _CHOICES:
        if given.keys() & one:
            decided |= other
        if given.keys() & other:
            decided |= one
    for name, value, without_effect in _SWITCHED_OFF:
        if given.get(name) == value:
            decided |= without_effect

    texts = {option: environ.get(option.variable) for option in options if option.name not in decided}
    return {
        option.name: option.parse_variable(text)
        for option, text in texts.items()
        if text is not None and option.counts(text)
    }


def merge(options: Collection[Option], environment: Values, given: Values) -> Values:
    """Return the values of the environment and of the command line, which wins.

    An option that may be repeated has the values of both, and none if there are none.
    """
    repeated = [option.name for option in options if option.many]
    both = {name: [*environment.get(name, ()), *given.get(name, ())] for name in repeated}
    return {**environment, **given, **both}
