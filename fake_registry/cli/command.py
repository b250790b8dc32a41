"""The command `fake-registry`: serves a registry, or exports one into a folder.

Options are in `options`, the server's process in `process`.
"""

import json
import os
import sys
from argparse import (
    SUPPRESS,
    Action,
    ArgumentParser,
    ArgumentTypeError,
    Namespace,
    RawDescriptionHelpFormatter,
)
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Final, NoReturn

from fake_registry.cli.chosen_settings import all_settings_of
from fake_registry.cli.export_errors import explain_failure
from fake_registry.cli.option_sources import Values, from_environment, merge
from fake_registry.cli.options import EXPORT_OPTIONS, SERVE_OPTIONS, add_options
from fake_registry.cli.output import print_line
from fake_registry.cli.process import serve
from fake_registry.cli.serve_options import OptionError, ServeOptions
from fake_registry.command_lines import unknown_arguments_text
from fake_registry.layout import save_layout
from fake_registry.spec.errors import RegistryError
from fake_registry.spec.text import printable
from fake_registry.version import package_version

PROGRAM: Final = "fake-registry"

_ENVIRONMENT: Final = """\
Each option can also be set by an environment variable. The command line wins
over the environment. An empty variable counts as absent.
"""

_SERVE_EPILOG: Final = f"""\
{_ENVIRONMENT}\
--port-file F is FAKE_REGISTRY_PORT_FILE=F, --tls is FAKE_REGISTRY_TLS=true, and
repeated --setting options are FAKE_REGISTRY_SETTING=A=1,B=2. An empty
FAKE_REGISTRY_CONTROL_TOKEN is an error.

Once the server accepts connections, it prints one line to standard output:
fake-registry ready url=URL name=LOGIN_SERVER auth=AUTH
with several registries: name=A,B auth=OF_A,OF_B
with --service-principal: entra=AZURE_AUTHORITY_HOST tenant=AZURE_TENANT_ID
and, if --host is not a loopback address, control_token=TOKEN for /_fake/,
unless --control-token or --no-control is given. The token protects /_fake/
alone: without --auth, all who reach the port can push and delete.

The content is lost when the server ends, unless --persist stores it in the
folder of --dir. `fake-registry export` saves it as well.
SIGTERM, Ctrl-C or Ctrl-Break ends the server with status 0. The requests that
are under way then are answered first: see --stop-seconds. Status 1: the ready
line cannot be printed, or the last changes cannot be stored. Status 2: an
argument is wrong, the port is taken, a file cannot be used, or the folder of
--dir is no layout, damaged, or in use by another process.
"""

_EXPORT_EPILOG: Final = f"""\
{_ENVIRONMENT}\
--from URL is FAKE_REGISTRY_FROM=URL, and so on.

All tags are saved, with everything that they refer to, and with their
referrers, recursively. An existing layout at LAYOUT is updated in place: blobs
are added, index.json is replaced, and blobs that only the old index.json
referred to are removed. Other files stay. A folder that holds files but is not
a layout is refused.

It prints one line to standard output: saved N images to LAYOUT.
`fake-registry serve --dir LAYOUT` loads them.

Status 0: success. Status 1: the registry or the folder cannot be used.
Status 2: an argument is wrong.
"""


def run_command(argv: Sequence[str] | None) -> int:
    """Run the command and return its exit status; see `main`."""
    parser, commands = _make_parser()
    command, given = _parse(parser, commands, argv)
    match command:
        case "serve":
            return _serve(commands[command], given)
        case "export":
            return _export(commands[command], given)
        case _:
            return _print_version()


def make_parsers() -> Mapping[str, ArgumentParser]:
    """Return the parser of each command by its name."""
    _, commands = _make_parser()
    return commands


def _make_parser() -> tuple[ArgumentParser, Mapping[str, ArgumentParser]]:
    """Return the parser of `fake-registry`, and those of its commands."""
    parser = _Parser(
        PROGRAM,
        description="A fake of Azure Container Registry, in memory.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", nargs=0, action=_PrintVersion, help="print the version")
    commands = parser.add_subparsers(dest="command", required=True)

    serve_parser = _add_command(
        commands.add_parser,
        "serve",
        "serve a registry until SIGTERM or Ctrl-C",
        _SERVE_EPILOG,
    )
    add_options(serve_parser, SERVE_OPTIONS)

    export_parser = _add_command(
        commands.add_parser,
        "export",
        "save the content of a registry as an OCI image layout",
        _EXPORT_EPILOG,
    )
    export_parser.add_argument(
        "layout",
        metavar="LAYOUT",
        type=_parse_folder,
        help="the folder to write",
    )
    add_options(export_parser, EXPORT_OPTIONS)

    commands.add_parser("version", help="print the version")

    return parser, commands.choices


def _parse(
    parser: ArgumentParser,
    commands: Mapping[str, ArgumentParser],
    argv: Sequence[str] | None,
) -> tuple[str, Values]:
    """Return the command and its arguments. An unknown one is an error of its command.

    `parse_args` would name the help of `fake-registry`, which has no options of its commands.
    """
    namespace, unknown = parser.parse_known_args(argv)
    if unknown:
        command = commands[namespace.command]
        command.error(unknown_arguments_text(unknown, command.format_usage()))

    given = vars(namespace)
    return given.pop("command"), given


class _Parser(ArgumentParser):
    """A parser whose errors escape control characters: they may be in the name of a file."""

    def error(self, message: str) -> NoReturn:
        """Print the message, without the usage that would bury it, and raise SystemExit(2)."""
        self.exit(2, f"{self.prog}: error: {printable(message)}; see {self.prog} --help\n")


class _PrintVersion(Action):
    """Prints the version, and ends the command."""

    def __call__(
        self,
        parser: ArgumentParser,  # noqa: ARG002  `argparse` passes it
        namespace: Namespace,  # noqa: ARG002  as above
        values: object,  # noqa: ARG002  as above
        option_string: str | None = None,  # noqa: ARG002  as above
    ) -> None:
        raise SystemExit(_print_version())


def _parse_folder(text: str) -> str:
    if not text:
        raise ArgumentTypeError("expected the path of a folder, found an empty text")
    return text


def _add_command(
    add_parser: Callable[..., ArgumentParser],
    name: str,
    summary: str,
    epilog: str,
) -> ArgumentParser:
    return add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=epilog,
        formatter_class=RawDescriptionHelpFormatter,
        argument_default=SUPPRESS,
        allow_abbrev=False,
    )


def _serve(parser: ArgumentParser, given: Values) -> int:
    try:
        environment = from_environment(SERVE_OPTIONS, os.environ, given)
        values = merge(SERVE_OPTIONS, environment, given)
        names = [field.name for field in fields(ServeOptions) if field.name in values]
        options = ServeOptions(**{name: values[name] for name in names})
        serve(options, all_settings_of(environment, given))
    except OptionError as error:
        parser.error(str(error))
    except OSError as error:
        return _fail(f"cannot serve: {error}")

    return 0


def _export(parser: ArgumentParser, given: Values) -> int:
    # imported here: requests takes 50 ms to import, and the server does not use it
    from fake_registry.remote import RemoteRegistry

    try:
        environment = from_environment(EXPORT_OPTIONS, os.environ, given)
        values = merge(EXPORT_OPTIONS, environment, given)
        if "from" not in values:
            raise OptionError("expected --from URL, found none")

        if "ca_file" in values and values.get("insecure"):
            raise OptionError("expected --ca-file or --insecure, not both")

        verify = str(values["ca_file"]) if "ca_file" in values else not values.get("insecure")
        login = {name: values[name] for name in ("username", "password", "token") if name in values}
        registry = RemoteRegistry(values["from"], verify=verify, realm_hosts=values["realm_host"], **login)
    except ValueError as error:
        parser.error(str(error))

    try:
        with registry:
            layout = save_layout(registry, values["layout"])
    except (OSError, RegistryError, ValueError) as error:
        # errors of requests are OSErrors, a LayoutError is a ValueError
        reason = explain_failure(error, values["from"], logged_in=bool(login))
        return _fail(f"cannot export {values['from']}: {reason}")

    count = len(json.loads((layout / "index.json").read_bytes())["manifests"])
    images = "image" if count == 1 else "images"
    return _print_line(f"saved {count} {images} to {printable(str(layout))}")


def _print_version() -> int:
    return _print_line(f"{PROGRAM} {package_version()}")


def _print_line(text: str) -> int:
    """Print a line, and return the exit status: 1 if the reader is gone or the disk is full."""
    try:
        print_line(text)
    except OSError as error:
        return _fail(f"cannot write to standard output: {error.strerror}")
    return 0


def _fail(message: str) -> int:
    sys.stderr.write(f"{PROGRAM}: {printable(message)}\n")
    return 1
