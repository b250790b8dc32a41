"""`Option`: one option of a command, on the command line and in the environment."""

from argparse import Action, ArgumentError, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from fake_registry.cli.serve_options import OptionError

PREFIX: Final = "FAKE_REGISTRY_"
"""Of the names of environment variables."""


@dataclass(frozen=True, kw_only=True)
class Option:
    """One option of a command, on the command line and in the environment."""

    flag: str
    value: str | None
    """The placeholder of its value in the help; None for a switch."""
    help: str
    parse: Callable[[str], Any]  # Any: of each option's type
    """Returns the value of a text, or raises ValueError."""
    many: bool = False
    """Whether it may be repeated; in the environment values are separated by commas."""
    once: bool = False
    """Whether a second value is refused. Otherwise the last one wins."""
    empty_is_absent: bool = True
    """Whether an empty variable counts as absent. One that was meant to be a secret must not."""

    @property
    def name(self) -> str:
        """The name of its value in Python."""
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def variable(self) -> str:
        """The name of its environment variable."""
        return f"{PREFIX}{self.name.upper()}"

    def counts(self, text: str) -> bool:
        """Return whether a variable with this text sets the option."""
        return bool(text) or not self.empty_is_absent

    def parse_argument(self, text: str) -> Any:  # Any: of each option's type
        """Return the value of a text on the command line.

        Raises ArgumentTypeError: of no other error does argparse show the message.
        """
        try:
            return self.parse(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from error

    def parse_variable(self, text: str) -> Any:  # Any: of each option's type
        """Return the value of an environment variable's text. OptionError names the variable."""
        try:
            if self.many:
                return [self.parse(part) for part in text.split(",")]
            return self.parse(text)
        except ValueError as error:
            raise OptionError(f"{self.variable}: {error}") from error


class StoreOnce(Action):
    """Stores a value. ArgumentError for a second one."""

    def __call__(
        self,
        parser: ArgumentParser,  # noqa: ARG002  `argparse` passes it
        namespace: Namespace,
        values: Any,  # Any: as in `argparse`
        option_string: str | None = None,  # noqa: ARG002  as above
    ) -> None:
        if hasattr(namespace, self.dest):
            raise ArgumentError(self, "expected once, found twice")
        setattr(namespace, self.dest, values)
