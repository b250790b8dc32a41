"""What was asked of Entra and of the metadata services. No secret, assertion or token gets here."""

import threading
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fake_registry.http.request import Request

KEPT_REQUESTS = 1_000
KEPT_CHARACTERS = 200
"""Of each text that a client made up."""


@dataclass(frozen=True, kw_only=True)
class EntraRequest:
    """One request and how it was answered."""

    time: int
    """Nanoseconds since the epoch, on the fake's clock."""
    method: str
    host: str
    path: str
    """Without its query."""
    client_id: str | None
    """Whom a token was asked for: as the client wrote it or, at a metadata service, the identity that was found."""
    grant: str | None
    """The form's grant_type; `imds` and `app_service` at the metadata services; None where no token was asked for."""
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
    """The last requests, from any thread."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._requests: deque[EntraRequest] = deque(maxlen=KEPT_REQUESTS)

    def note(self, request: "Request", asked: Asked, *, time: int, status: int) -> None:
        """Add a request that was answered with `status`."""
        noted = EntraRequest(
            time=time,
            method=request.method,
            host=request.host,
            path=request.path[:KEPT_CHARACTERS],
            client_id=shortened(asked.client_id),
            grant=shortened(asked.grant),
            status=status,
            error_code=asked.error_code,
            error=asked.error,
        )
        with self._mutex:
            self._requests.append(noted)

    def requests(self) -> tuple[EntraRequest, ...]:
        """Return them, oldest first."""
        with self._mutex:
            return tuple(self._requests)

    def clear(self) -> None:
        with self._mutex:
            self._requests.clear()


def shortened(text: str | None) -> str | None:
    """Return `text` as it is recorded; None for none."""
    return text[:KEPT_CHARACTERS] if text else None
