"""`Passage`: a request on its way through the stages of `app`, and its exchange."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from fake_registry.auth.authority import Grant
from fake_registry.http.answers import Answer, Headers
from fake_registry.http.call import Call
from fake_registry.http.faults.fault import Fault
from fake_registry.http.faults.scene import PauseRequests
from fake_registry.http.request import Request, RequestBody
from fake_registry.journal.exchange import Exchange, kept_bytes_of
from fake_registry.journal.reasons import reason_of
from fake_registry.journal.recorder import Make
from fake_registry.journal.redaction import (
    redact_answer_headers,
    redact_reason,
    redact_request_headers,
)
from fake_registry.spec.errors import RegistryError
from fake_registry.spec.redaction import redact_host, redact_path, redact_query, redact_text

Stage = Callable[["Passage"], None]

_LENGTH = re.compile(r"[0-9]{1,18}")
"""A Content-Length (RFC 9110 §8.6) that fits in 64 bits."""


@dataclass(slots=True)
class Passage:
    """The state of one request. It belongs to the thread that answers the request."""

    request: Request
    body: RequestBody
    """The body as it arrives; `call` may have one that effects altered."""
    time: int
    """Arrival in nanoseconds since the epoch, by the registry's clock."""
    stages: Iterator[Stage]
    """The stages that are still to come."""
    call: Call | None = None
    """The call as effects left it; None where no route matched."""
    grant: Grant | None = None
    handled: bool = False
    """Whether the handler was called, and *after* is still to come."""
    answer: Answer | None = None
    error: RegistryError | None = None
    """The error that was raised last."""
    failure: BaseException | None = None
    """What prevents an answer: a dropped connection, or a bug."""
    dressed: bool = False
    """Whether the profile's headers have been added to an answer."""
    correlation_id: str | None = None
    """The id that the body of the answer names; None where none is named."""
    struck: list[Fault] = field(default_factory=list)
    pauses: PauseRequests = field(default_factory=PauseRequests)
    recorded: bool = False
    server_headers: Headers = ()
    """The headers that the server would have added."""

    @property
    def matched_call(self) -> Call:
        """The call, in the stages that come after a match alone."""
        assert self.call is not None
        return self.call

    @property
    def given_answer(self) -> Answer:
        """The answer, in the stages that come after *encode_error*."""
        assert self.answer is not None
        return self.answer

    def replace_answer(self, answer: Answer | None) -> None:
        """Take another answer, and close the one before unless the new one does that."""
        before, self.answer = self.answer, answer
        if before is not None and (answer is None or answer.close is not before.close):
            before.close()

    def take_answer(self) -> Answer:
        """Return the answer, to be closed by the caller."""
        answer, self.answer = self.given_answer, None
        return answer


def exchange_of(passage: Passage) -> tuple[Make[Exchange], int]:
    """Return a function that makes the exchange of a finished request, given its number; and about
    the bytes of memory that the exchange takes.

    It raises nothing, also if an effect has put malformed headers into the answer.
    """
    request, grant = passage.request, passage.grant
    endpoint, repository, reference = _names_in(passage.call)
    errors, failure = _reasons_of(passage.error)
    status, response_bytes, response_headers = _facts_of(passage.answer)
    host, path = redact_host(request.host), redact_path(request.path)
    query = redact_query(request.query)
    request_headers = redact_request_headers(request.environ)

    make = partial(
        Exchange,
        time=passage.time,
        method=request.method,
        scheme=request.scheme,
        host=host,
        path=path,
        query=query,
        endpoint=endpoint,
        repository=repository,
        reference=reference,
        status=status,
        errors=errors,
        failure=failure,
        principal=None if grant is None else grant.principal,
        faults=tuple([redact_text(repr(fault.effect)) for fault in passage.struck]),
        request_bytes=passage.body.received,
        response_bytes=response_bytes,
        request_headers=request_headers,
        response_headers=response_headers,
    )
    texts = (request.method, host, query, failure or "")
    return make, kept_bytes_of((path, reference or ""), texts, request_headers, response_headers)


def _names_in(call: Call | None) -> tuple[str | None, str | None, str | None]:
    """Return endpoint, repository and reference, without secrets."""
    if call is None:
        return None, None, None

    reference = redact_path(call.reference or call.digest or call.tag or call.upload)
    return str(call.endpoint.name), call.repository or None, reference or None


def _reasons_of(error: RegistryError | None) -> tuple[tuple[str, ...], str | None]:
    """Return the codes of the errors, and why the request was refused."""
    if error is None:
        return (), None

    codes = tuple([entry.code for entry in error.entries])
    return codes, redact_reason(reason_of(error)) or None


def _facts_of(answer: Answer | None) -> tuple[int | None, int | None, Headers]:
    """Return status, announced length and headers, without secrets."""
    if answer is None:
        return None, None, ()

    length = _length_in(answer.header("Content-Length") or "")
    return answer.status, length, redact_answer_headers(answer.headers)


def _length_in(text: str) -> int | None:
    """Return the number of bytes that a Content-Length has; None if it is absent or malformed."""
    return int(text) if _LENGTH.fullmatch(text) else None
