"""docs/reference/options.md: the options of the plugin, its markers and their variables."""

from typing import Any, Final

from pytest_acr.plugin.options import OPTIONS, PluginOption
from tests.support.pages.markdown import code, table

HEAD: Final = """\
# Options of pytest

An option is set on the command line, by a variable of the environment, or in the ini file
(`pyproject.toml`, `pytest.ini`); the first of these that is not empty counts. The name of a variable is
that of the flag in upper case: `PYTEST_ACR_SHOW_REQUESTS` for `--acr-show-requests`. The ini file has it
in lower case: `acr_show_requests`. A switch has no value on the command line, and `yes` or `no` elsewhere.
`pytest --help` lists the options, `pytest --markers` the markers, and [Fixtures](fixtures.md) the fixtures.
Written by `python -m tests.support.pages` from `pytest_acr/plugin/options.py`.

"""


def options_page() -> str:
    """Return the page."""
    return HEAD + table(("option", "values", "default", "what it does"), map(_row_of, OPTIONS))


def _row_of(option: PluginOption[Any]) -> tuple[str, ...]:  # Any: of whatever value
    values = ", ".join(map(code, option.choices)) if option.choices else code(option.metavar)
    return code(option.flag), "a switch" if option.is_switch else values, _default_of(option), option.help


def _default_of(option: PluginOption[Any]) -> str:  # Any: as above
    is_unset = option.default is None or option.default is False or option.default == frozenset()
    return "" if is_unset else code(option.default)
