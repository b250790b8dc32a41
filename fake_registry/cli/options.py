"""The options of the commands, a row each."""

from argparse import Action, ArgumentParser, BooleanOptionalAction
from collections.abc import Collection, Sequence
from typing import Final, get_args

from fake_registry.cli.log import LogFormat
from fake_registry.cli.option import Option, StoreOnce
from fake_registry.cli.option_values import (
    one_of,
    parse_control_token,
    parse_path,
    parse_port,
    parse_principal,
    parse_registry,
    parse_seconds,
    parse_switch,
    parse_text,
    parse_url,
    parse_user,
)
from fake_registry.cli.serve_options import STOP_SECONDS, ClockKind
from fake_registry.cli.setting_text import parse_scoped_setting
from fake_registry.client.access import parse_realm_host
from fake_registry.control.access import parse_host
from fake_registry.server.timeouts import DRAIN_SECONDS, HEAD_SECONDS, IDLE_SECONDS
from fake_registry.settings import Auth, Profile


def _file(flag: str, text: str) -> Option:
    return Option(flag=flag, value="F", parse=parse_path, help=text)


def _seconds(flag: str, text: str) -> Option:
    return Option(flag=flag, value="S", parse=parse_seconds, help=text)


def _choice(flag: str, known: Sequence[str], text: str) -> Option:
    return Option(flag=flag, value="|".join(known), parse=one_of(*known), help=text)


SERVE_OPTIONS: Final[tuple[Option, ...]] = (
    Option(
        flag="--host",
        value="ADDRESS",
        parse=parse_text,
        help="the address to listen on (default 127.0.0.1)",
    ),
    Option(
        flag="--port",
        value="N",
        parse=parse_port,
        help="the port; 0 picks a free one (default 5000)",
    ),
    _file("--port-file", "a file that holds the port while the server runs"),
    Option(
        flag="--name",
        value="NAME",
        parse=parse_text,
        help="NAME.azurecr.io is the login server (default fake)",
    ),
    Option(
        flag="--registry",
        value="NAME[:PROFILE]",
        parse=parse_registry,
        many=True,
        help="serve NAME.azurecr.io, instead of --name; may be repeated: the Host of a request then decides",
    ),
    _choice(
        "--profile",
        get_args(Profile),
        "behave like ACR, or exactly as the OCI specification (default acr)",
    ),
    _choice("--auth", get_args(Auth), "how clients log in (default off: all requests are allowed)"),
    Option(
        flag="--admin-user",
        value="USER:PASSWORD",
        parse=parse_user,
        help="an account with all permissions; requires --auth token or anonymous-pull",
    ),
    Option(
        flag="--service-principal",
        value="CLIENT_ID:SECRET",
        parse=parse_principal,
        many=True,
        help="serve a fake Microsoft Entra ID as well, which has this application; may be repeated",
    ),
    Option(
        flag="--tls",
        value=None,
        parse=parse_switch,
        help="https, with a generated certificate",
    ),
    _file("--tls-cert", "https, with the certificate in file F (PEM)"),
    _file("--tls-key", "the private key of --tls-cert (PEM, not encrypted)"),
    Option(
        flag="--tls-name",
        value="NAME",
        parse=parse_host,
        many=True,
        help="another host name in the certificate of --tls; may be repeated",
    ),
    _file("--hosts-file", "write the lines for /etc/hosts with all host names to file F"),
    _file("--write-ca", "write the CA certificate for clients to file F"),
    Option(
        flag="--dir",
        value="OCI_LAYOUT",
        parse=parse_path,
        once=True,
        help="load this OCI image layout at the start; without --persist it is never written to",
    ),
    Option(
        flag="--persist",
        value=None,
        parse=parse_switch,
        help="store all content in the folder of --dir, which may be absent or empty; with several "
        "--registry options, in its sub-folder NAME for each",
    ),
    Option(
        flag="--dir-repository",
        value="NAME",
        parse=parse_text,
        help="the repository for images of --dir whose names are tags alone, as skopeo writes them",
    ),
    Option(
        flag="--setting",
        value="[REGISTRY.]NAME=VALUE",
        parse=parse_scoped_setting,
        many=True,
        help="a field of Settings, of all registries or of one; durations in seconds, 'none' for no "
        "limit; may be repeated",
    ),
    _choice(
        "--clock",
        get_args(ClockKind),
        "manual: only /_fake/clock advances the time (default system)",
    ),
    Option(
        flag="--control",
        value=None,
        parse=parse_switch,
        help="serve the control API under /_fake/ (default); --no-control switches it off",
    ),
    Option(
        flag="--control-token",
        value="T",
        parse=parse_control_token,
        empty_is_absent=False,
        help="require Authorization: Bearer T under /_fake/ (default: none on a loopback address; "
        "elsewhere a new one, in the ready line)",
    ),
    Option(
        flag="--control-host",
        value="NAME",
        parse=parse_host,
        many=True,
        help="another host name by which clients reach the control API; may be repeated",
    ),
    Option(
        flag="--open",
        value=None,
        parse=parse_switch,
        help="open the console, /_fake/ui, in a browser of this machine",
    ),
    _choice(
        "--log-format",
        get_args(LogFormat),
        "the format of the request log on standard error (default text)",
    ),
    _seconds(
        "--idle-seconds",
        f"end a connection that is silent for S seconds (default {IDLE_SECONDS:g}); "
        "inf is no limit, as in the next three",
    ),
    _seconds(
        "--head-seconds",
        f"the time for the head of a request, and for a TLS handshake (default {HEAD_SECONDS:g})",
    ),
    _seconds(
        "--drain-seconds",
        f"the time for which a client that still sends is read after its last answer (default {DRAIN_SECONDS:g})",
    ),
    _seconds(
        "--stop-seconds",
        f"the time for the requests that are under way when the server is to end (default {STOP_SECONDS:g})",
    ),
)

EXPORT_OPTIONS: Final[tuple[Option, ...]] = (
    Option(
        flag="--from",
        value="URL",
        parse=parse_url,
        help="the registry: http://HOST, https://HOST, or HOST for https",
    ),
    Option(
        flag="--username",
        value="U",
        parse=parse_text,
        help="the user to log in as (default: anonymous)",
    ),
    Option(flag="--password", value="P", parse=parse_text, help="the password of --username"),
    Option(
        flag="--token",
        value="T",
        parse=parse_text,
        help="an ACR refresh token, instead of --username",
    ),
    Option(
        flag="--realm-host",
        value="HOST",
        parse=parse_realm_host,
        many=True,
        help="a token service on another host that may receive user and password; may be repeated",
    ),
    _file("--ca-file", "trust the CA certificate in file F (PEM)"),
    Option(flag="--insecure", value=None, parse=parse_switch, help="trust every certificate"),
)


def add_options(parser: ArgumentParser, options: Collection[Option]) -> None:
    """Add the options to `parser`.

    The parser needs `argument_default=SUPPRESS`: a default value would look as if it came from the
    command line.
    """
    for option in options:
        if option.value is None:
            parser.add_argument(option.flag, action=BooleanOptionalAction, help=option.help)
            continue

        parser.add_argument(
            option.flag,
            action=_action_of(option),
            type=option.parse_argument,
            metavar=option.value,
            help=option.help,
        )


def _action_of(option: Option) -> str | type[Action]:
    if option.many:
        return "append"
    return StoreOnce if option.once else "store"
