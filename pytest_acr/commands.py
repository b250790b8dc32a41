"""What a flow asks of its driver, and what can be wrong with an answer. The flows stand in `flows`."""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from fake_registry.wire.calls import CallRequest


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; the result is the `Answer`. With `stream` its body is left, for `ReadBody`.

    A status that is not one of `expect` is the driver's to raise.
    """

    call: CallRequest
    expect: tuple[int, ...] = (200,)
    stream: bool = False


@dataclass(frozen=True, slots=True)
class ReadSource:
    """Read just so many bytes of what is uploaded; the result is fewer only at its end."""

    size: int


@dataclass(frozen=True, slots=True)
class RewindSource:
    """Remember where the source is, the first time; go back there, the next."""


@dataclass(frozen=True, slots=True)
class ReadBody:
    """Read the next piece of the answer that is streamed; the result is empty at its end."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a piece of a download on, to whoever asked for it."""

    piece: bytes


Command = Send | ReadSource | RewindSource | ReadBody | Deliver
T = TypeVar("T")
# Any: what a command gives, Answer or bytes
Flow: TypeAlias = Generator[Command, Any, T]


class DigestValidationError(ValueError):
    """Content is not what its digest says."""


class UnusableAnswer(Exception):
    """The registry answered with success, and with what makes no sense."""
