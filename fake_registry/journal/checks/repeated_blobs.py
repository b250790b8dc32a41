"""Rules about blobs that are uploaded although the repository has them.

Each upload is reported under one rule: as uploaded twice if the journal has an earlier upload of
this blob to this repository, as existing if another answer has shown that the blob was there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from fake_registry.journal.actions import ActionKind, RegistryAction, action_of
from fake_registry.journal.checks.locations import parse_location
from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.standing import effective_faults
from fake_registry.journal.text import name_text
from fake_registry.spec.endpoints import EndpointName

_Place = tuple[str, str]
"""A repository and the digest of a blob."""

_READS: Final = frozenset({EndpointName.BLOB_HEAD, EndpointName.BLOB_GET})
_HAS_BLOB: Final = frozenset({200, 206, 307})
_REMOVALS: Final = frozenset({EndpointName.MANIFEST_DELETE, EndpointName.ACR_REPOSITORY_DELETE})
"""Endpoints that may remove several blobs of a repository: ACR removes those that nothing refers to."""

_UNCERTAIN: Final = frozenset({ActionKind.MOUNT, ActionKind.DELETION})
"""Actions after which a client does not know of the blob: a mount that was declined, a deletion."""


class _RepeatedUpload(NamedTuple):
    """An upload of a blob that the repository had."""

    earlier: Exchange
    """The answer that showed it, before the upload was started."""
    start: Exchange
    finish: Exchange
    was_uploaded: bool
    """Whether `earlier` is the end of an upload."""


@dataclass
class _KnownBlobs:
    """The blobs that a client could have known of, from the answers so far."""

    seen: dict[_Place, Exchange] = field(default_factory=dict)
    uploaded: dict[_Place, Exchange] = field(default_factory=dict)
    starts: dict[str, Exchange] = field(default_factory=dict)
    """The request that started each upload, by the path of the upload."""

    def note(self, exchange: Exchange) -> None:
        """Note an answer."""
        self._note_start(exchange)
        if effective_faults(exchange):
            self._forget_all(exchange.repository)
        elif exchange.status == 401:
            return
        elif exchange.endpoint in _REMOVALS:
            self._forget_all(exchange.repository)
        elif exchange.endpoint in _READS:
            self._note_read(exchange)
        else:
            self._note_action(action_of(exchange))

    def repetition_of(self, exchange: Exchange) -> _RepeatedUpload | None:
        """Return the upload that a request has ended, if the blob was known when it started."""
        upload = _upload_of(exchange)
        start = exchange if _is_single_post(exchange) else self.starts.get(exchange.path)
        if upload is None or start is None:
            return None

        place = _place_of(upload)
        for known, was_uploaded in ((self.uploaded, True), (self.seen, False)):
            earlier = known.get(place)
            if earlier is not None and earlier.number < start.number:
                return _RepeatedUpload(earlier, start, exchange, was_uploaded)
        return None

    def _note_start(self, exchange: Exchange) -> None:
        """Note the Location of an upload, also the new one of an upload that has moved."""
        location = parse_location(exchange.response_header("Location") or "")
        if location is None or exchange.status not in (202, 204):
            return

        path, _ = location
        is_start = exchange.endpoint == EndpointName.UPLOAD_START
        start = exchange if is_start else self.starts.get(exchange.path)
        if path and start is not None:
            self.starts[path] = start

    def _note_read(self, exchange: Exchange) -> None:
        place = _place_of_read(exchange)
        if exchange.status in _HAS_BLOB:
            self.seen.setdefault(place, exchange)
        else:
            self._forget(place)

    def _note_action(self, action: RegistryAction | None) -> None:
        if action is None:
            return

        place = _place_of(action)
        if action.kind is ActionKind.UPLOAD and action.succeeded:
            self.uploaded.setdefault(place, action.exchange)
        elif action.kind is ActionKind.MOUNT and action.succeeded:
            self.seen.setdefault(place, action.exchange)
        elif action.kind in _UNCERTAIN:
            self._forget(place)

    def _forget(self, place: _Place) -> None:
        self.seen.pop(place, None)
        self.uploaded.pop(place, None)

    def _forget_all(self, repository: str | None) -> None:
        """Forget the blobs of a repository; of all, for a login."""
        for place in {*self.seen, *self.uploaded}:
            if repository in (None, place[0]):
                self._forget(place)


def _repeated_uploads(exchanges: Sequence[Exchange]) -> Iterator[_RepeatedUpload]:
    knowledge = _KnownBlobs()
    for exchange in exchanges:
        repeated = knowledge.repetition_of(exchange)
        if repeated is not None:
            yield repeated
        knowledge.note(exchange)


def _upload_of(exchange: Exchange) -> RegistryAction | None:
    """Return the upload that a request has ended successfully."""
    action = action_of(exchange)
    is_upload = action is not None and action.kind is ActionKind.UPLOAD and action.succeeded
    return action if is_upload else None


def _is_single_post(exchange: Exchange) -> bool:
    return exchange.endpoint == EndpointName.UPLOAD_START


def _place_of(action: RegistryAction) -> _Place:
    return action.repository or "", action.digest or ""


def _place_of_read(exchange: Exchange) -> _Place:
    return exchange.repository or "", exchange.reference or ""


def _find(*, was_uploaded: bool, text: str) -> Callable[[Sequence[Exchange]], Iterator[ClientMistake]]:
    """Return the function of a rule. `text` has `{blob}` for the blob, `{shown}` for what showed it."""

    def find(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
        for repeated in _repeated_uploads(exchanges):
            if repeated.was_uploaded == was_uploaded:
                yield ClientMistake(exchanges=_exchanges_of(repeated), text=_text_of(repeated, text))

    return find


def _exchanges_of(repeated: _RepeatedUpload) -> tuple[Exchange, ...]:
    earlier, start, finish = repeated[:3]
    return (earlier, finish) if start is finish else (earlier, start, finish)


def _text_of(repeated: _RepeatedUpload, text: str) -> str:
    upload = _upload_of(repeated.finish)
    place = ("", "") if upload is None else _place_of(upload)
    earlier = repeated.earlier
    return text.format(blob=name_text(*place), shown=f"{earlier.method} -> {earlier.outcome}")


BLOB_UPLOADED_TWICE: Final = ClientRule(
    name="blob-uploaded-twice",
    sentence="A blob is uploaded to a repository to which it was uploaded before, so that its bytes are sent twice.",
    source="distribution-spec v1.1.1, Layer Upload De-duplication",
    example="Remember the digests of a push, and ask with HEAD before each upload.",
    find=_find(was_uploaded=True, text="{blob} was uploaded before"),
)

EXISTING_BLOB_UPLOADED: Final = ClientRule(
    name="existing-blob-uploaded",
    sentence="A blob is uploaded that the repository had, as an answer to HEAD, GET or a mount had "
    "shown. Another upload does not count: see `blob-uploaded-twice`.",
    source="distribution-spec v1.1.1, Checking if content exists in the registry",
    example="Ask with HEAD before each upload, and upload nothing after 200; mount a blob that another repository has.",
    find=_find(was_uploaded=False, text="{blob} was there, as {shown} had shown"),
)
