"""The recorded requests to Entra and the metadata services, without secrets, assertions, tokens."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

from fake_registry.journal.recorder import Recorder
from fake_registry.journal.redaction import KEPT_CHARACTERS, shorten
from fake_registry.spec.redaction import redact_host, redact_path

if TYPE_CHECKING:
    from fake_registry.http.request import Request

KEPT_REQUESTS = 1_000


class _Make(Protocol):
    """Makes the record that has this number."""

    def __call__(self, *, number: int) -> "EntraRequest": ...


def _make(number: int, make: _Make) -> "EntraRequest":
    return make(number=number)


@dataclass(frozen=True, kw_only=True)
class EntraRequest:
    """One request and its answer."""

    number: int
    """Counts from 0 since the fake was made or its requests were forgotten."""
    time: int
    """Nanoseconds since the epoch, on the fake's clock."""
    method: str
    host: str
    path: str
    """Without its query."""
    client_id: str | None
    """Client id of the principal that requested a token: as the client wrote it or, at a metadata
    service, that of the identity found."""
    grant: str | None
    """The form's grant_type, `***` for an unknown one; `imds` or `app_service` at the metadata
    services; None unless a token was requested."""
    status: int
    error_code: int | None
    """The AADSTS number, such as 7000215 for a wrong secret. None at a metadata service and on
    success."""
    error: str | None
    """The error code of RFC 6749, such as invalid_client, or the metadata service's. None on
    success."""


@dataclass(slots=True)
class RequestFacts:
    """Facts about one request, filled in by its handlers for the journal."""

    client_id: str | None = None
    grant: str | None = None
    error_code: int | None = None
    error: str | None = None


class Journal:
    """The last requests to one fake Entra, from any thread."""

    def __init__(self) -> None:
        self._recorder = Recorder(KEPT_REQUESTS, _make)

    def note(self, request: "Request", facts: RequestFacts, *, time: int, status: int) -> None:
        """Record a request that was answered with `status`."""
        make = partial(
            EntraRequest,
            time=time,
            method=request.method[:KEPT_CHARACTERS],
            host=redact_host(request.host[:KEPT_CHARACTERS]),
            path=redact_path(request.path[:KEPT_CHARACTERS]),
            client_id=shorten(facts.client_id),
            grant=shorten(facts.grant),
            status=status,
            error_code=facts.error_code,
            error=facts.error,
        )
        self._recorder.record(make)

    @property
    def count(self) -> int:
        """The number of requests, or of those since they were forgotten."""
        return self._recorder.count

    @property
    def forgotten_count(self) -> int:
        """The number of requests that were forgotten so far."""
        return self._recorder.forgotten_count

    def requests(self) -> tuple[EntraRequest, ...]:
        """Return the kept requests, oldest first."""
        return self._recorder.read()

    def clear(self) -> None:
        """Forget all requests."""
        self._recorder.clear()
