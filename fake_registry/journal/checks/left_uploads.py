"""A rule about uploads that a client leaves behind."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fake_registry.journal.checks.locations import parse_location
from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.spec.endpoints import EndpointName

_CONTINUES: Final = frozenset({202, 204})
"""The statuses of answers that name the next Location of an upload."""


@dataclass
class _UnendedUpload:
    """An upload that has not ended."""

    start: Exchange
    last: Exchange
    """The last request for it."""

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The first and the last of its exchanges."""
        if self.last is self.start:
            return (self.start,)
        return self.start, self.last


class _UnendedUploads:
    """The uploads of one registry that have not ended."""

    def __init__(self) -> None:
        self._by_repository: defaultdict[str | None, dict[str, _UnendedUpload]] = defaultdict(dict)
        """By the paths of their Locations."""

    def note(self, exchange: Exchange) -> None:
        """Note a request and its answer."""
        if exchange.endpoint == EndpointName.UPLOAD_START:
            self._note_start(exchange)
        elif exchange.endpoint == EndpointName.ACR_REPOSITORY_DELETE:
            self._by_repository.pop(exchange.repository, None)
        elif exchange.path in self._by_repository[exchange.repository]:
            self._note_request(exchange)

    def left(self) -> list[_UnendedUpload]:
        """Return those that are open, oldest first."""
        found = [upload for own in self._by_repository.values() for upload in own.values()]
        return sorted(found, key=lambda upload: upload.start.number)

    def _note_start(self, exchange: Exchange) -> None:
        if exchange.status == 202:
            self._keep(_UnendedUpload(exchange, exchange), _path_named_by(exchange))

    def _note_request(self, exchange: Exchange) -> None:
        upload = self._by_repository[exchange.repository].pop(exchange.path)
        if _has_ended(exchange):
            return

        upload.last = exchange
        self._keep(upload, _path_after(exchange))

    def _keep(self, upload: _UnendedUpload, path: str | None) -> None:
        """Keep an upload that goes on at a path; forget it without one: it cannot be cancelled."""
        if path is not None:
            self._by_repository[upload.start.repository][path] = upload


def _find_left_uploads(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield uploads that were started, and neither ended nor cancelled.

    Any attempt to cancel counts, because ACR requires the permission to delete for it. An upload
    has also ended if it is unknown (404), if its last request may have succeeded, or was refused
    for its digest, after which ACR removes the upload. A client does not know of an upload whose
    start was not answered.
    """
    uploads = _UnendedUploads()
    for exchange in exchanges:
        uploads.note(exchange)

    for upload in uploads.left():
        request = f"{upload.last.method} -> {upload.last.outcome}"
        text = f"left an upload to {upload.start.repository} open, after {request}"
        yield ClientMistake(exchanges=upload.exchanges, text=text)


def _has_ended(exchange: Exchange) -> bool:
    """Return whether there is no upload to cancel, as far as the client can know."""
    if exchange.endpoint == EndpointName.UPLOAD_CANCEL or exchange.status == 404:
        return True
    if exchange.endpoint != EndpointName.UPLOAD_FINISH:
        return False

    status = exchange.status
    may_have_succeeded = status is None or status == 201 or status >= 500
    return may_have_succeeded or "DIGEST_INVALID" in exchange.errors


def _path_after(exchange: Exchange) -> str | None:
    """Return the path at which an upload goes on after a request."""
    if exchange.status in _CONTINUES:
        return _path_named_by(exchange)
    return exchange.path


def _path_named_by(exchange: Exchange) -> str | None:
    """Return the path, without encoding, at which an upload goes on after an answer.

    None if it is not among the uploads of the repository, where a client could go.
    """
    location = exchange.response_header("Location") or ""
    target = location.removeprefix(f"{exchange.scheme}://{exchange.host}")
    uploads, _, _ = exchange.path.rpartition("/")
    if not target.startswith(f"{uploads}/"):
        return None

    path, _ = parse_location(target) or ("", "")
    return path or None


UPLOAD_LEFT_OPEN: Final = ClientRule(
    name="upload-left-open",
    sentence="An upload is neither ended nor cancelled: the registry keeps its bytes until it expires.",
    source="CNCF distribution, HTTP API V2, Canceling an Upload (a client should after a fatal "
    "error); Docker Hub, Registry API, Cancel blob upload; acr-behaviour 8.1",
    example="Send DELETE to the last Location of an upload that failed.",
    find=_find_left_uploads,
)
