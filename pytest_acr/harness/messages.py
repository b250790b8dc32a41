"""Requests and responses as they are on the wire, and the interface of what sends them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Protocol


class SentTo(NamedTuple):
    """The earlier response whose Location is the path of a request, and the query added to it.

    A transcript needs it to print commands that work once more: an upload has another Location then.
    """

    exchange: int
    """The number of the exchange in its transcript, from 0."""
    added: str
    """Appended to the Location, such as `?digest=sha256:...`."""


@dataclass(frozen=True, slots=True)
class RawRequest:
    """An HTTP request. `path` has the query, percent-encoded; `headers` lack Host and Content-Length."""

    method: str
    path: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    sent_to: SentTo | None = None
    login: bool = True
    """Whether a target may add a login."""
    redirects: bool = True
    """Whether a target follows redirects."""


NO_RESPONSE: Final = 0
"""The status in a transcript where no usable response came; the body is what came instead."""


@dataclass(frozen=True, slots=True)
class RawResponse:
    """An HTTP response. Header names keep their case; the body is as it was received."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    redirected: bool = False
    """Whether it came from where a redirect led, such as a storage host, and not from the registry."""
    _values: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name, value in self.headers:
            self._values.setdefault(name.lower(), value)

    def header(self, name: str) -> str | None:
        """Return the first value of a header, whose name is given in lower case."""
        return self._values.get(name)

    def all_of(self, name: str) -> Iterator[str]:
        """Yield each value of a header, whose name is given in lower case."""
        return (value for found, value in self.headers if found.lower() == name)


class TargetFailed(Exception):
    """The registry gave no usable HTTP response. The message says what happened instead."""


class RegistryGone(BaseException):
    """The registry answers nothing any more, so that a run cannot go on.

    Not an Exception: Hypothesis would take it for a failure of the example, and repeat it.
    """


class RegistryTarget(Protocol):
    """Sends requests to one registry. Follows redirects of GET and HEAD as the documents ask."""

    def send(self, request: RawRequest) -> RawResponse:
        """Send a request and return the whole response. Raises TargetFailed."""

    def close(self) -> None:
        """Close its connections. It can be used again afterwards."""
