"""What a flow asks of its driver, and what can be wrong with an answer. The flows stand in `flows`."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from fake_registry.spec.errors import RegistryError
from fake_registry.spec.names import Digest, Reference, RepositoryName
from fake_registry.wire import answers
from fake_registry.wire.messages import CallRequest, CallResponse


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; the result is the `CallResponse`.

    With `stream` its body is left for `ReadBody`, with `once` a failure is not retried. The driver
    raises for a status that is not in `expect`. Only GET and HEAD follow redirects.
    """

    call: CallRequest
    expect: tuple[int, ...] = (200,)
    stream: bool = False
    once: bool = False


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
# Any: what a command gives, CallResponse or bytes
Flow: TypeAlias = Generator[Command, Any, T]


class DigestValidationError(ValueError):
    """Content is not what its digest says."""


class UnusableAnswer(Exception):
    """The registry answered with success, and with what makes no sense."""


def check_stored(answer: CallResponse, repository: RepositoryName, digest: Digest) -> None:
    """Raise DigestValidationError if a registry says that it has stored something else than `digest`."""
    try:
        answers.check_digest(answer, digest)
    except RegistryError as error:
        raise DigestValidationError(f"{repository}: expected the registry to store {digest}: {error}") from error


@contextmanager
def reading(repository: RepositoryName, reference: Reference) -> Iterator[None]:
    """Say of which answer it is that something is wrong with it."""
    try:
        yield
    except (ValueError, RegistryError) as error:
        raise UnusableAnswer(f"{reference} of {repository}: {error}") from error
