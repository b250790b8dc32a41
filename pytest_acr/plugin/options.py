"""The options of the plugin: one row each, and one function that returns the value of any of them.

An option is set on the command line, in the environment or in the ini file; the first of these
that is not empty counts. To add an option, write a row and add it to `OPTIONS`. The functions that
read the texts are in `option_values`.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, TypeVar

import pytest

from pytest_acr.plugin.option_values import (
    NO,
    YES,
    parse_choice,
    parse_effects,
    parse_endpoint,
    parse_folder,
    parse_path,
    parse_rules,
    parse_switch,
)

if TYPE_CHECKING:
    from fake_registry.http.faults.sweep import SweepEffect
    from pytest_acr.connections.connection import Transport

T = TypeVar("T")

ShowRequests = Literal["failed", "all", "no"]
"""The tests whose report shows their requests."""

UnusedFaults = Literal["fail", "warn", "ignore"]
"""What happens to a test whose fault did nothing."""

StrictMode = Literal["report", "fail", "no"]
"""What happens to a test whose client made a mistake."""


@dataclass(frozen=True, kw_only=True)
class PluginOption(Generic[T]):
    """An option, known by three names: a flag, an environment variable and an ini option."""

    name: str
    """In lower case, words separated by `_`. The three names are made of it."""
    help: str
    parse: Callable[[str], T]
    """Returns the value of a text that is not empty. Raises ValueError for an invalid one."""
    default: T
    """The value where no source sets the option."""
    choices: tuple[str, ...] | None = None
    """The texts that are valid, if they can be listed; `parse` receives no other."""
    metavar: str | None = None
    """Stands for the value in `pytest --help`, for an option without `choices`."""
    is_switch: bool = False
    """Whether the flag has no value: it sets `yes`. The other sources have `yes` or `no`."""
    starts_at_ini_file: bool = False
    """Whether the value is a path that, in the ini file, starts at the folder of that file."""

    @property
    def flag(self) -> str:
        return f"--acr-{self.name.replace('_', '-')}"

    @property
    def variable(self) -> str:
        return f"PYTEST_ACR_{self.name.upper()}"

    @property
    def ini(self) -> str:
        return f"acr_{self.name}"


def add_option(parser: pytest.Parser, option: PluginOption[Any]) -> None:  # Any: of whatever value
    """Declare the flag and the ini name of `option`."""
    group = parser.getgroup("acr", "Azure Container Registry")
    group.addoption(option.flag, default=None, help=option.help, **_form_of_flag(option))
    parser.addini(option.ini, f"default of {option.flag}", default="")


def _form_of_flag(option: PluginOption[Any]) -> dict[str, Any]:  # Any: arguments of argparse
    """Return what the flag accepts."""
    if option.is_switch:
        return {"action": "store_const", "const": YES}
    # a metavar of None would hide the choices from `pytest --help`
    metavar = {"metavar": option.metavar} if option.metavar else {}
    return {"choices": option.choices, **metavar}


def value_of(config: pytest.Config, option: PluginOption[T]) -> T:
    """Return the value of `option`. UsageError if the text that was set is invalid."""
    source, text = _setting_of(config, option)
    if not text:
        return option.default

    if option.choices is not None and text not in option.choices:
        from fake_registry.arguments import names_text  # no value is wrong in most runs

        expected = names_text(text, option.choices)
        raise pytest.UsageError(f"{source}: expected one of {expected}, found {text!r}")

    try:
        return option.parse(text)
    except ValueError as error:
        raise pytest.UsageError(f"{source}: {error}") from None


def _setting_of(config: pytest.Config, option: PluginOption[Any]) -> tuple[str, str]:
    """Return the first source that sets `option`, and its text; both empty if no source does."""
    sources = (
        (option.flag, config.getoption(option.flag)),
        (option.variable, os.environ.get(option.variable)),
        (option.ini, _ini_text_of(config, option)),
    )
    return next(((source, text) for source, text in sources if text), ("", ""))


def _ini_text_of(config: pytest.Config, option: PluginOption[Any]) -> str:
    text = str(config.getini(option.ini))
    if not text or not option.starts_at_ini_file or config.inipath is None:
        return text
    return str(config.inipath.parent / text)


def _switch(name: str, help_text: str) -> PluginOption[bool]:
    """Return a switch that is off by default."""
    return PluginOption(
        name=name,
        is_switch=True,
        choices=(YES, NO),
        parse=parse_switch,
        default=False,
        help=help_text,
    )


def _file_option(name: str, help_text: str) -> PluginOption[Path | None]:
    """Return an option whose value is the path of a file."""
    return PluginOption(
        name=name,
        metavar="FILE",
        parse=parse_path,
        default=None,
        starts_at_ini_file=True,
        help=help_text,
    )


TRANSPORT: "Final[PluginOption[Transport]]" = PluginOption(
    name="transport",
    choices=("memory", "http", "https"),
    parse=parse_choice,
    default="memory",
    help="how clients reach the registry: in this process (memory, the default) or over a socket",
)

LIVE_ENDPOINT: Final[PluginOption[str | None]] = PluginOption(
    name="live_endpoint",
    metavar="URL",
    parse=parse_endpoint,
    default=None,
    help="run the tests against this registry instead of the fake; skip those that need the fake",
)

SHOW_REQUESTS: "Final[PluginOption[ShowRequests]]" = PluginOption(
    name="show_requests",
    choices=("failed", "all", "no"),
    parse=parse_choice,
    default="failed",
    help="show the requests of failing tests (failed, the default), of every test (all), or of none",
)

HAR: Final[PluginOption[Path | None]] = PluginOption(
    name="har",
    metavar="DIR",
    parse=parse_folder,
    default=None,
    help="write the requests of each failing test to a HAR file in this folder",
)

UNUSED_FAULTS: "Final[PluginOption[UnusedFaults]]" = PluginOption(
    name="unused_faults",
    choices=("fail", "warn", "ignore"),
    parse=parse_choice,
    default="fail",
    help="fail tests whose fault did nothing (fail, the default), warn, or ignore it",
)

BUDGETS: Final[PluginOption[Path | None]] = _file_option(
    "budgets", "fail each test with more requests, bytes or logins than this file allows"
)

BUDGETS_UPDATE: Final[PluginOption[bool]] = _switch(
    "budgets_update", "write the numbers of the tests that pass to the file of --acr-budgets; compare nothing"
)

STRICT: "Final[PluginOption[StrictMode | None]]" = PluginOption(
    name="strict",
    choices=("report", "fail", "no"),
    parse=parse_choice,
    default=None,
    help="look for mistakes of clients that registries tolerate: report them, or fail the test; "
    "no also ignores the markers",
)

STRICT_ALLOW: Final[PluginOption[frozenset[str]]] = PluginOption(
    name="strict_allow",
    metavar="NAMES",
    parse=parse_rules,
    default=frozenset(),
    help="the rules of --acr-strict that clients may break in all tests, separated by commas",
)

SWEEP: Final[PluginOption[bool]] = _switch(
    "sweep", "run each test that uses a registry again, with each failure of each of its requests"
)

SWEEP_EFFECTS: "Final[PluginOption[tuple[SweepEffect, ...] | None]]" = PluginOption(
    name="sweep_effects",
    metavar="NAMES",
    parse=parse_effects,
    default=None,
    help="the failures of a sweep: default, all, or names separated by commas, such as Truncate",
)

SWEEP_ONLY: Final[PluginOption[str | None]] = PluginOption(
    name="sweep_only",
    metavar="ID",
    parse=parse_choice,
    default=None,
    help="run the selected tests with this failure alone, such as upload.chunk#2:Disconnect(after)",
)

SWEEP_BASELINE: Final[PluginOption[Path | None]] = _file_option(
    "sweep_baseline", "accept the broken runs that this JSON file lists for each test"
)

SWEEP_BASELINE_UPDATE: Final[PluginOption[bool]] = _switch(
    "sweep_baseline_update", "write the broken runs of this session to the file of --acr-sweep-baseline"
)

SWEEP_JSON: Final[PluginOption[Path | None]] = _file_option(
    "sweep_json", "write the results of all sweeps to this JSON file"
)

OPTIONS: Final[tuple[PluginOption[Any], ...]] = (  # Any: as above
    TRANSPORT,
    LIVE_ENDPOINT,
    SHOW_REQUESTS,
    HAR,
    UNUSED_FAULTS,
    BUDGETS,
    BUDGETS_UPDATE,
    STRICT,
    STRICT_ALLOW,
    SWEEP,
    SWEEP_EFFECTS,
    SWEEP_ONLY,
    SWEEP_BASELINE,
    SWEEP_BASELINE_UPDATE,
    SWEEP_JSON,
)
