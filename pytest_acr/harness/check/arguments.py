"""The arguments of registry-check, parsed and checked before anything is sent."""

import random
from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn

from fake_registry.command_lines import unknown_arguments_text
from fake_registry.spec.errors import RegistryError
from fake_registry.spec.names import parse_repository_name
from fake_registry.spec.text import printable
from fake_registry.version import package_version
from pytest_acr.harness.check.options import (
    DEFAULT_EXAMPLES,
    DEFAULT_MAX_SECONDS,
    REPORT_SUFFIXES,
)
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.plan import PREFIX
from pytest_acr.harness.properties import Area
from pytest_acr.harness.properties.table import AREAS
from pytest_acr.harness.url_target import TIMEOUT_SECONDS

PROGRAM: Final = "registry-check"

MAX_REPOSITORY_CHARS: Final = 200
"""Of 255: the names of examples begin with it."""

_EPILOG: Final = f"""\
areas: {" ".join(AREAS)}

The variables of the OCI conformance suite stand for arguments that are absent:
OCI_REGISTRY and OCI_TLS for URL, OCI_REPO1 for --repository, OCI_USERNAME and
OCI_PASSWORD for --username and --password.

Findings are printed to standard output, the progress to standard error. Names
of all repositories begin with --repository. Pushed content is removed at the
end, as far as the registry offers it.

Status 0: all properties hold. Status 1: some do not. Status 2: the registry
could not be tested, or an argument is wrong.
"""


@dataclass(frozen=True, kw_only=True)
class CheckArguments:
    """The arguments as they were given; None or empty for those that were not."""

    url: str | None
    repository: str | None
    username: str | None
    password: str | None
    password_stdin: bool
    anonymous: bool
    insecure: bool
    realm_host: Sequence[str]
    write: bool
    only: Sequence[Area]
    skip: Sequence[Area]
    like: str
    examples: int
    seed: int
    max_time: float
    timeout: float
    report: Sequence[Path]
    replay: str | None
    keep: bool


class CheckParser(ArgumentParser):
    """A parser whose errors are one sentence, with control characters escaped."""

    def error(self, message: str) -> NoReturn:
        """Print the message and raise SystemExit(2)."""
        self.exit(2, f"{self.prog}: error: {printable(message)}; see {self.prog} --help\n")


def parse_arguments(argv: Sequence[str] | None) -> CheckArguments:
    """Return the arguments of the command line. SystemExit(2) for wrong ones."""
    parser = make_parser()
    namespace, unknown = parser.parse_known_args(argv)
    if unknown:
        parser.error(unknown_arguments_text(unknown, parser.format_usage()))
    return CheckArguments(**vars(namespace))


def make_parser() -> CheckParser:
    """Return the parser of the command line."""
    parser = CheckParser(
        PROGRAM,
        description="Test an OCI registry by properties: sequences of requests, compared with a model.",
        epilog=_EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    version = f"{PROGRAM} {package_version()}"
    parser.add_argument("--version", action="version", version=version)
    parser.add_argument("url", metavar="URL", nargs="?", help="such as http://127.0.0.1:5000")
    _add_access(parser)
    _add_choice(parser)
    _add_effort(parser)
    _add_output(parser)
    return parser


def _add_access(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("access")
    add = group.add_argument
    add(
        "--repository",
        metavar="NAME",
        type=_parse_repository,
        help=f"the first part of the names of repositories (default: {PREFIX})",
    )
    add("--username", metavar="U", help="a user; needs a password")
    add("--password", metavar="P", help="the password; other processes can see it")
    add("--password-stdin", action="store_true", help="read the password from standard input")
    add("--anonymous", action="store_true", help="use no credentials, also none of the environment")
    add("--insecure", action="store_true", help="accept any TLS certificate")
    add(
        "--realm-host",
        metavar="HOST",
        action="append",
        default=[],
        help="a host, apart from the registry, that may receive the password (repeatable)",
    )
    add("--write", action="store_true", help="allow pushes to a host other than this machine")


def _add_choice(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("selection of tests")
    add = group.add_argument
    for name, purpose in (("--only", "test this area alone"), ("--skip", "do not test this area")):
        add(
            name,
            metavar="AREA",
            action="append",
            default=[],
            choices=AREAS,
            help=f"{purpose} (repeatable)",
        )
    add(
        "--like",
        metavar="NAME",
        default="strict",
        type=_parse_dialect,
        help="a known registry, of which no more is asked than it is known to do: acr, docker, strict",
    )
    add(
        "--replay",
        metavar="STEPS",
        help="run the steps of a finding once more: JSON, or the name of a file with it",
    )


def _add_effort(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("effort")
    add = group.add_argument
    add(
        "--examples",
        metavar="N",
        type=_positive(int, "a number of examples"),
        default=DEFAULT_EXAMPLES,
        help=f"sequences of requests (default: {DEFAULT_EXAMPLES})",
    )
    add(
        "--seed",
        metavar="S",
        type=_parse_seed,
        default=random.randrange(2**32),  # noqa: S311 - not a secret
        help="the same seed sends the same requests to the same registry (default: a random one, "
        "which is printed at the end)",
    )
    add(
        "--max-time",
        metavar="S",
        type=_positive(float, "a number of seconds"),
        default=DEFAULT_MAX_SECONDS,
        help=f"end after so many seconds, apart from the clean-up (default: {DEFAULT_MAX_SECONDS:g})",
    )
    add(
        "--timeout",
        metavar="S",
        type=_positive(float, "a number of seconds"),
        default=TIMEOUT_SECONDS,
        help=f"seconds in which a response has to be complete (default: {TIMEOUT_SECONDS:g})",
    )


def _add_output(parser: ArgumentParser) -> None:
    group = parser.add_argument_group("output")
    add = group.add_argument
    add(
        "--report",
        metavar="FILE",
        action="append",
        default=[],
        type=_parse_report,
        help="write a report, by its suffix: .xml (JUnit), .json or .html (repeatable)",
    )
    add("--keep", action="store_true", help="do not remove the pushed content")


def _parse_repository(text: str) -> str:
    if len(text) > MAX_REPOSITORY_CHARS:
        raise ArgumentTypeError(f"expected at most {MAX_REPOSITORY_CHARS} characters, found {len(text)}")

    try:
        return str(parse_repository_name(text))
    except RegistryError:
        raise ArgumentTypeError(f"expected a repository name such as {PREFIX}, found {text!r}") from None


def _parse_dialect(text: str) -> str:
    try:
        return Dialect.like(text).name
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _parse_seed(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20:
        return int(text)

    raise ArgumentTypeError(f"expected a number of at most 19 digits, found {text!r}")


def _parse_report(text: str) -> Path:
    path = Path(text)
    if path.suffix not in REPORT_SUFFIXES:
        raise ArgumentTypeError(f"expected a file name that ends with {', '.join(REPORT_SUFFIXES)}, found {text!r}")

    if not path.parent.is_dir():
        raise ArgumentTypeError(f"expected a file in an existing folder, found {text!r}")

    if path.is_dir():
        raise ArgumentTypeError(f"expected the name of a file, found a folder: {text!r}")

    return path


def _positive(number_of: Callable[[str], Any], wanted: str) -> Callable[[str], Any]:  # Any: int or float
    def parse(text: str) -> Any:  # Any: int or float
        try:
            number = number_of(text)
        except ValueError:
            number = 0

        if not 0 < number < 1e9:
            raise ArgumentTypeError(f"expected {wanted} above 0, found {text!r}")
        return number

    return parse
