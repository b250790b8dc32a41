"""The command `fake-registry`: from arguments and environment to a server, or to a registry's content in a folder.

What may be said is `options`', what serving is `process`'.
"""

import os
import sys
from argparse import SUPPRESS, ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Sequence
from dataclasses import fields
from importlib import metadata
from typing import Final

from fake_registry.cli.options import EXPORT_OPTIONS, SERVE_OPTIONS, Values, add_options, from_environment, settings_of
from fake_registry.cli.process import OptionError, ServeOptions, serve
from fake_registry.client.access import RealmRefused
from fake_registry.layout import save_layout
from fake_registry.spec.errors import RegistryError

PROGRAM: Final = "fake-registry"

_INTERRUPTED: Final = 130
"""What a shell makes of a process that SIGINT ended: 128 and the signal's number."""

_ENVIRONMENT: Final = """\
Each option can also be set in the environment, where an empty variable is none; the command line wins.
"""

_SERVE_EPILOG: Final = f"""\
{_ENVIRONMENT}\
--port-file F is FAKE_REGISTRY_PORT_FILE=F, --tls FAKE_REGISTRY_TLS=true, and --setting FAKE_REGISTRY_SETTING=A=1,B=2.

When ready it prints one line to standard output: fake-registry ready url=URL name=LOGIN_SERVER auth=AUTH.
What it holds is lost when it ends: `fake-registry export` saves it before. SIGTERM and Ctrl-C end it with status 0;
1 is a port or a file that cannot be had, 2 a wrong argument, --dir with a layout that is none among them.
"""

_EXPORT_EPILOG: Final = f"""\
{_ENVIRONMENT}\
--from URL is FAKE_REGISTRY_FROM=URL, and so on.

Each tag is saved, what it refers to and its referrers, recursively. A layout at LAYOUT is updated in place: blobs are
added, index.json is replaced, and blobs that only the old index.json referred to are removed. Other files stay. A
folder with files that is not a layout is refused.
Status 0 is success, 1 a registry or a folder that cannot be had, 2 a wrong argument.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; `argv` is without the program's name, sys.argv's if None. Return the exit status.

    Raises SystemExit(2) for wrong arguments, as argparse does.
    """
    parser = ArgumentParser(PROGRAM, description="A fake of Azure Container Registry, in memory.", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)

    def add_command(name: str, summary: str, epilog: str) -> ArgumentParser:
        return commands.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=epilog,
            formatter_class=RawDescriptionHelpFormatter,
            argument_default=SUPPRESS,
            allow_abbrev=False,
        )

    serving = add_command("serve", "serve a registry until SIGTERM or Ctrl-C", _SERVE_EPILOG)
    add_options(serving, SERVE_OPTIONS)
    exporting = add_command("export", "save what a registry holds as an OCI image layout", _EXPORT_EPILOG)
    exporting.add_argument("layout", metavar="LAYOUT", help="the folder to write")
    add_options(exporting, EXPORT_OPTIONS)
    commands.add_parser("version", help="print the version")

    given = vars(parser.parse_args(argv))
    try:
        match given.pop("command"):
            case "serve":
                return _serve(serving, given)
            case "export":
                return _export(exporting, given)
            case _:
                return _print_version()
    except KeyboardInterrupt:
        return _INTERRUPTED


def _serve(parser: ArgumentParser, given: Values) -> int:
    try:
        environment = from_environment(SERVE_OPTIONS, os.environ, given)
        values = {**environment, **given}
        options = ServeOptions(**{f.name: values[f.name] for f in fields(ServeOptions) if f.name in values})
        serve(options, settings_of(environment, given))
    except OptionError as error:
        parser.error(str(error))
    except OSError as error:
        return _fail(f"cannot serve: {error}")
    return 0


def _export(parser: ArgumentParser, given: Values) -> int:
    from fake_registry.remote import RemoteRegistry  # requests costs 50 ms, which the server has no use for

    try:
        environment = from_environment(EXPORT_OPTIONS, os.environ, given)
        values = {**environment, **given}
        if "from" not in values:
            raise OptionError("expected --from URL, found none")
        verify = str(values["ca_file"]) if "ca_file" in values else not values.get("insecure", False)
        login = {name: values[name] for name in ("username", "password", "token") if name in values}
        realm_hosts = [*environment.get("realm_host", ()), *given.get("realm_host", ())]
        registry = RemoteRegistry(values["from"], verify=verify, realm_hosts=realm_hosts, **login)
    except ValueError as error:
        parser.error(str(error))
    try:
        with registry:
            save_layout(registry, values["layout"])
    except (OSError, RegistryError, ValueError) as error:  # requests' errors are OSErrors, a LayoutError a ValueError
        return _fail(f"cannot export {values['from']}: {_reason_of(error)}")
    return 0


def _reason_of(error: Exception) -> str:
    """Return an error's text; of a refused realm, with the option that allows its host."""
    refused = error.__cause__
    if isinstance(refused, RealmRefused) and refused.host is not None:
        return f"{refused.reason}; --realm-host {refused.host} allows it"
    return str(error)


def _print_version() -> int:
    try:
        version = metadata.version("pytest-acr")
    except metadata.PackageNotFoundError:
        version = "of a source tree that is not installed"
    sys.stdout.write(f"{PROGRAM} {version}\n")
    return 0


def _fail(message: str) -> int:
    sys.stderr.write(f"{PROGRAM}: {message}\n")
    return 1
