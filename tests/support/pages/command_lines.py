"""docs/reference/command-lines.md: the options of the commands, as their parsers have them."""

from argparse import SUPPRESS, Action, ArgumentParser
from collections.abc import Iterator
from typing import Final

from fake_registry.cli.command import make_parsers
from pytest_acr.harness.check.arguments import make_parser
from tests.support.pages.markdown import table

HEAD: Final = """\
# Command lines

`fake-registry serve` and `fake-registry export` also read variables: `--log-format json` is
`FAKE_REGISTRY_LOG_FORMAT=json`, `--no-control` is `FAKE_REGISTRY_CONTROL=false`, and so on; the command
line wins. `--help` of each command has the same options and more about its output and its exit status.
Written by `python -m tests.support.pages` from the parsers.
"""


def command_lines_page() -> str:
    """Return the page."""
    commands = make_parsers()
    parsers = {f"fake-registry {name}": commands[name] for name in ("serve", "export")}
    parsers["registry-check"] = make_parser()
    return HEAD + "".join(f"\n## {name}\n\n{_options_of(parser)}" for name, parser in parsers.items())


def _options_of(parser: ArgumentParser) -> str:
    return table(("argument", "meaning"), _rows_of(parser))


def _rows_of(parser: ArgumentParser) -> Iterator[tuple[str, str]]:
    for action in parser._actions:
        if action.help != SUPPRESS:
            values = {name: getattr(action, name) for name in ("default", "metavar", "dest", "choices")}
            yield _name_of(action), (action.help or "").replace("%%", "%") % {**values, "prog": parser.prog}


def _name_of(action: Action) -> str:
    value = action.metavar or action.dest.upper()
    if not action.option_strings:
        return f"`{value}`"
    suffix = "" if action.nargs == 0 else f" {value}"
    return ", ".join(f"`{flag}{suffix}`" for flag in action.option_strings)
