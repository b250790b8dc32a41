"""Commands that a flow sends to its driver, and errors of an answer. Flows are in `operations` and `uploads`."""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from fake_registry.spec.errors import RegistryError
from fake_registry.spec.names import Digest, Reference, RepositoryName
from fake_registry.spec.text import printable
from fake_registry.wire import answers
from fake_registry.wire.messages import CallRequest, CallResponse


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; the result is the `CallResponse`.

    With `stream` its body is left for `ReadBody`; with `once` the request is never repeated. The
    driver raises for a status that is not in `expect`. Only GET and HEAD follow redirects.
    """

    call: CallRequest
    expect: tuple[int, ...] = (200,)
    stream: bool = False
    once: bool = False


@dataclass(frozen=True, slots=True)
class ReadSource:
    """Read exactly `size` bytes from the source; the result is shorter only at its end."""

    size: int


@dataclass(frozen=True, slots=True)
class RewindSource:
    """Mark the source's position when first used; seek back to it when used again."""


@dataclass(frozen=True, slots=True)
class ReadBody:
    """Read the next piece of the streamed answer; the result is empty at its end."""


@dataclass(frozen=True, slots=True)
class Deliver:
    """Deliver a piece of a download to the caller."""

    piece: bytes


Command = Send | ReadSource | RewindSource | ReadBody | Deliver
T = TypeVar("T")
# Any: the result of a command, which is a CallResponse or bytes
Flow: TypeAlias = Generator[Command, Any, T]


class DigestValidationError(ValueError):
    """Content does not match its digest."""


class UnusableAnswer(Exception):
    """The registry reported success, in an answer that is malformed or contradicts itself."""


def check_stored(answer: CallResponse, repository: RepositoryName, digest: Digest) -> None:
    """Raise DigestValidationError if the registry reports that it stored another digest."""
    try:
        answers.check_digest(answer, digest)
    except RegistryError as error:
        mismatch = f"expected the registry to store {digest}, found {answer.header('Docker-Content-Digest')}"
        raise DigestValidationError(printable(f"{repository}: {mismatch}")) from error


@contextmanager
def explain_unusable(repository: RepositoryName, reference: Reference) -> Iterator[None]:
    """Raise UnusableAnswer, with the content that was requested, for any error in the block."""
    try:
        yield
    except (ValueError, RegistryError) as error:
        raise UnusableAnswer(f"{reference} of {repository}: {error}") from error
