"""What the command can be told: each option once, for the command line and for the environment."""

from argparse import ArgumentParser, ArgumentTypeError, BooleanOptionalAction
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, get_args

from fake_registry.cli.log import LogFormat
from fake_registry.cli.process import ClockKind, OptionError
from fake_registry.cli.setting_text import parse_setting
from fake_registry.client.access import parse_realm_host
from fake_registry.client.registry_url import parse_registry_url
from fake_registry.settings import Auth, Profile, Settings

Values = Mapping[str, Any]  # Any: what each option's parser makes of its text
"""Options that somebody gave, by name."""

_CHOICES: Final = (
    (frozenset({"tls"}), frozenset({"tls_cert", "tls_key"})),
    (frozenset({"token"}), frozenset({"username", "password"})),
    (frozenset({"ca_file"}), frozenset({"insecure"})),
)
"""Two ways to say one thing: who takes one on the command line does not want the other from the environment."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of a command, for the command line and for the environment alike."""

    flag: str
    value: str | None
    """What stands for its value in the help; None for a switch."""
    help: str
    parse: Callable[[str], Any]  # Any: as in Values
    """Raises ValueError."""
    many: bool = False
    """May be given again and again; in the environment with commas between."""

    @property
    def name(self) -> str:
        """Its name in Python."""
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"FAKE_REGISTRY_{self.name.upper()}"

    def parse_argument(self, text: str) -> Any:  # Any: as in Values
        """Parse for argparse, which shows the words of no other error. Raises ArgumentTypeError."""
        try:
            return self.parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    def parse_variable(self, text: str) -> Any:  # Any: as in Values
        """Parse what the environment has. Raises OptionError, which names the variable."""
        try:
            return [self.parse(part) for part in text.split(",")] if self.many else self.parse(text)
        except ValueError as error:
            raise OptionError(f"{self.variable}: {error}") from error


def _parse_text(text: str) -> str:
    if not text:  # above all of --host: to the socket library "" is every address of the machine
        raise ValueError("expected a value, found none")
    return text


def _parse_path(text: str) -> Path:
    return Path(_parse_text(text))


def _parse_port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65_535):
        raise ValueError(f"expected a port from 0 to 65535, found {text!r}")
    return int(text)


def _parse_switch(text: str) -> bool:
    return {"true": True, "false": False}[_one_of("true", "false")(text)]


def _parse_user(text: str) -> tuple[str, str]:
    user, _, password = text.partition(":")
    if not (user and password):
        raise ValueError("expected USER:PASSWORD")  # and not what was found: it may be a password
    return user, password


def _parse_url(text: str) -> str:
    return str(parse_registry_url(text))


def _one_of(*known: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in known:
            raise ValueError(f"expected one of {', '.join(known)}, found {text!r}")
        return text

    return parse


def _choice(flag: str, known: Sequence[str], text: str) -> Option:
    return Option(flag=flag, value="|".join(known), parse=_one_of(*known), help=text)


SERVE_OPTIONS: Final[tuple[Option, ...]] = (
    Option(flag="--host", value="ADDRESS", parse=_parse_text, help="the address to listen on (default 127.0.0.1)"),
    Option(flag="--port", value="N", parse=_parse_port, help="the port; 0 is any free one (default 5000)"),
    Option(flag="--port-file", value="F", parse=_parse_path, help="holds the port while the server runs"),
    Option(flag="--name", value="NAME", parse=_parse_text, help="NAME.azurecr.io is the login server (default fake)"),
    _choice("--profile", get_args(Profile), "real ACR, or the OCI specification to the letter (default acr)"),
    _choice("--auth", get_args(Auth), "who may do what (default off: everybody everything)"),
    Option(flag="--admin-user", value="USER:PASSWORD", parse=_parse_user, help="an account that may do everything"),
    Option(flag="--tls", value=None, parse=_parse_switch, help="https, with a certificate made on the spot"),
    Option(flag="--tls-cert", value="F", parse=_parse_path, help="https, with this certificate (PEM)"),
    Option(flag="--tls-key", value="F", parse=_parse_path, help="its private key (PEM, not encrypted)"),
    Option(flag="--write-ca", value="F", parse=_parse_path, help="where to write the certificate that clients trust"),
    Option(
        flag="--dir",
        value="OCI_LAYOUT",
        parse=_parse_path,
        help="an OCI image layout to start with; it is read once and never written",
    ),
    Option(
        flag="--dir-repository",
        value="NAME",
        parse=_parse_text,
        help="the repository for what in --dir is named without one",
    ),
    Option(
        flag="--setting",
        value="NAME=VALUE",
        parse=parse_setting,
        many=True,
        help="any field of Settings; durations in seconds, 'none' for no limit; may be repeated",
    ),
    _choice("--clock", get_args(ClockKind), "manual: stands still until /_fake/clock moves it (default system)"),
    Option(
        flag="--control-token",
        value="T",
        parse=_parse_text,
        help="asked for, as Authorization: Bearer T, under /_fake/; without it the control API is open",
    ),
    _choice("--log-format", get_args(LogFormat), "how standard error tells of each request (default text)"),
)

EXPORT_OPTIONS: Final[tuple[Option, ...]] = (
    Option(
        flag="--from",
        value="URL",
        parse=_parse_url,
        help="the registry, http://HOST, https://HOST or HOST, which is https",
    ),
    Option(flag="--username", value="U", parse=_parse_text, help="who to log in as; without it, as nobody"),
    Option(flag="--password", value="P", parse=_parse_text, help="its password"),
    Option(flag="--token", value="T", parse=_parse_text, help="a refresh token of ACR's, instead of a user"),
    Option(
        flag="--realm-host",
        value="HOST",
        parse=parse_realm_host,
        many=True,
        help="a token service, apart from the registry, that may receive the user and password; may be repeated",
    ),
    Option(flag="--ca-file", value="F", parse=_parse_path, help="the certificate to trust (PEM)"),
    Option(flag="--insecure", value=None, parse=_parse_switch, help="trust any certificate"),
)


def add_options(parser: ArgumentParser, options: Collection[Option]) -> None:
    """Let `parser` know the options.

    Make it with `argument_default=SUPPRESS`: a default would look like a choice made on the command line.
    """
    for option in options:
        if option.value is None:
            parser.add_argument(option.flag, action=BooleanOptionalAction, help=option.help)
        else:
            parser.add_argument(
                option.flag,
                action="append" if option.many else "store",
                type=option.parse_argument,
                metavar=option.value,
                help=option.help,
            )


def from_environment(options: Collection[Option], environ: Mapping[str, str], given: Values) -> Values:
    """Return what the environment says and the command line, `given`, leaves open. Raises OptionError."""
    settled = {option.name for option in options if option.name in given and not option.many}
    for one, other in _CHOICES:
        settled |= other if given.keys() & one else frozenset()
        settled |= one if given.keys() & other else frozenset()
    texts = {option: environ.get(option.variable) for option in options if option.name not in settled}
    return {option.name: option.parse_variable(text) for option, text in texts.items() if text}


def settings_of(*layers: Values) -> Settings:
    """Return the settings that the layers make, a later one winning. Raises OptionError."""
    chosen: dict[str, Any] = {"auth": "off"}  # Any: as in Values
    for layer in layers:
        chosen |= dict(layer.get("setting", ()))
        chosen |= {name: layer[name] for name in ("name", "profile", "auth") if name in layer}
        if "admin_user" in layer:
            chosen["admin_user"], chosen["admin_password"] = layer["admin_user"]
    try:
        return Settings(**chosen)
    except ValueError as error:
        raise OptionError(str(error)) from error
