"""The journal of Entra and of the metadata services. It keeps no secret, assertion or token."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fake_registry.journal.recorder import Recorder
from fake_registry.journal.redaction import KEPT_CHARACTERS, shorten

if TYPE_CHECKING:
    from fake_registry.http.request import Request

KEPT_REQUESTS = 1_000


@dataclass(frozen=True, kw_only=True)
class EntraRequest:
    """One request and how it was answered."""

    number: int
    """Counts from 0 since the fake was made, or since its requests were forgotten."""
    time: int
    """Nanoseconds since the epoch, on the fake's clock."""
    method: str
    host: str
    path: str
    """Without its query."""
    client_id: str | None
    """The principal that asked for a token: as the client wrote it or, at a metadata service, the
    identity that was found."""
    grant: str | None
    """The form's grant_type; `imds` and `app_service` at the metadata services; None where the
    request was not for a token."""
    status: int
    error_code: int | None
    """AADSTS's number: 7000215 for a wrong secret. None at a metadata service and on success."""
    error: str | None
    """RFC 6749's word, or the metadata service's: invalid_client. None on success."""


@dataclass(slots=True)
class Asked:
    """What becomes known about one request while it is answered."""

    client_id: str | None = None
    grant: str | None = None
    error_code: int | None = None
    error: str | None = None


class Journal:
    """The last requests to one fake Entra, from any thread."""

    def __init__(self) -> None:
        self._recorder = Recorder[EntraRequest](KEPT_REQUESTS)

    def note(self, request: "Request", asked: Asked, *, time: int, status: int) -> None:
        """Add a request that was answered with `status`."""
        make = partial(
            EntraRequest,
            time=time,
            method=request.method,
            host=request.host,
            path=request.path[:KEPT_CHARACTERS],
            client_id=shorten(asked.client_id),
            grant=shorten(asked.grant),
            status=status,
            error_code=asked.error_code,
            error=asked.error,
        )
        self._recorder.record(make)

    def requests(self) -> tuple[EntraRequest, ...]:
        """Return the kept requests, oldest first."""
        return self._recorder.read()

    def clear(self) -> None:
        """Forget all requests."""
        self._recorder.clear()
