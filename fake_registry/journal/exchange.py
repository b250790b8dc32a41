"""`Exchange`: one request and its answer, as the journal keeps them. Bodies are not kept."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from sys import getsizeof
from typing import Final

from fake_registry.arguments import check_type
from fake_registry.clock import utc_of
from fake_registry.journal.text import notes_text, outcome_text, target_text
from fake_registry.spec.text import printable

Headers = tuple[tuple[str, str], ...]

_VALUE: Final = itemgetter(1)

_BYTES_OF_TEXT: Final = 100
"""The memory for each header and each of four other texts of an exchange, besides the characters
of its value: measured in CPython. Names are shared."""


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class Exchange:
    """One request and its answer, without secrets."""

    number: int
    """Counts from 0 since the registry was made, or since its requests were forgotten."""
    time: int
    """Arrival in nanoseconds since the epoch, by the registry's clock."""
    method: str
    host: str
    path: str
    query: str
    endpoint: str | None
    """The endpoint's name, such as `upload.chunk`; None where no route matched."""
    repository: str | None
    reference: str | None
    """The tag, digest or upload in the path."""
    status: int | None
    """None where the connection was dropped instead of an answer."""
    errors: tuple[str, ...]
    """The codes of the errors in the answer."""
    failure: str | None
    """Why the request was refused, in more words than the answer has; None if it was not."""
    principal: str | None
    """The caller, also one whose valid token lacks the scope; empty for one without a name, None for a
    request without a valid token."""
    faults: tuple[str, ...]
    """The effects that struck, as text. It ends in `without effect` where they changed nothing."""
    request_bytes: int
    """The bytes of the request's body that were read."""
    response_bytes: int | None
    """The announced length of the answer, None where it announced none."""
    request_headers: Headers
    response_headers: Headers
    scheme: str = "https"
    """`https` or `http`."""

    def request_header(self, name: str) -> str | None:
        """Return a request header by its name in any case."""
        check_type("name", name, str)
        return _find(self.request_headers, name)

    def response_header(self, name: str) -> str | None:
        """Return a response header by its name in any case."""
        check_type("name", name, str)
        return _find(self.response_headers, name)

    @property
    def kept_bytes(self) -> int:
        """About the bytes of memory that it takes."""
        texts = [self.method, self.host, self.query, self.failure or ""]
        request, answer = self.request_headers, self.response_headers
        return kept_bytes_of(self.path, self.reference, [*texts, *map(_VALUE, request)], answer)

    @property
    def when(self) -> datetime:
        """Its `time` as an aware datetime in UTC, truncated to microseconds."""
        return utc_of(self.time)

    @property
    def target(self) -> str:
        """Path and query, as they were sent."""
        return target_text(self.path, self.query)

    @property
    def outcome(self) -> str:
        """The status, or `dropped`."""
        return outcome_text(self.status)

    @property
    def notes(self) -> str:
        """The codes, the failure and the faults, in one line."""
        return notes_text(self.errors, self.failure, self.faults)

    def __repr__(self) -> str:
        return f"<Exchange {self}>"

    def __str__(self) -> str:
        line = f"#{self.number} {self.method} {self.target} -> {self.outcome}"
        return printable(f"{line} {self.notes}".rstrip())


def kept_bytes_of(
    path: str,
    reference: str | None,
    texts: Iterable[str],
    response_headers: Headers,
) -> int:
    """Return about the bytes of memory of an exchange with these texts and headers.

    `path` and `reference` were decoded, and may have up to four bytes for a character; the others
    have one.
    """
    values = [*texts, *map(_VALUE, response_headers)]
    decoded = getsizeof(path) + getsizeof(reference)
    return decoded + _BYTES_OF_TEXT * len(values) + len("".join(values))


def _find(headers: Headers, name: str) -> str | None:
    return next((value for key, value in headers if key.lower() == name.lower()), None)
