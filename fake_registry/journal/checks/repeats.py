"""A rule about calls that are sent again although the first one may have succeeded."""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import parse_qs

from fake_registry.journal.actions import ActionKind, action_of
from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import is_probe
from fake_registry.journal.standing import effective_faults
from fake_registry.journal.text import name_text
from fake_registry.spec.endpoints import EndpointName

_UNKNOWN_STATUSES: Final = frozenset({None, 500, 502, 504})
"""After these the call may have succeeded. 503 says that it has not (RFC 9110 §15.6.4)."""

_STALL: Final = "Stall("
"""The beginning of the text of the effect that keeps the answer back until the client gives up."""

_SENDS: Final = frozenset({EndpointName.UPLOAD_CHUNK, EndpointName.UPLOAD_FINISH})
_ASKS: Final = frozenset({EndpointName.UPLOAD_STATUS, EndpointName.UPLOAD_CANCEL})

_Item = tuple[str | None, str | None]
"""The repository, and the upload, tag or digest; None for the repository itself."""


class _UnknownUploads:
    """Chunks and ends of uploads whose outcome the client does not know."""

    def __init__(self) -> None:
        self._by_upload: dict[_Item, Exchange] = {}
        self._by_blob: dict[_Item, _Item] = {}
        """The uploads that end with a blob, by the blob's repository and digest."""

    def ask(self, exchange: Exchange) -> None:
        """Note that the client asked for the state of an upload, or gave it up."""
        self._by_upload.pop(_item_of(exchange), None)

    def ask_for_blob(self, exchange: Exchange) -> None:
        """Note that the client asked for a blob: it knows whether the upload has ended."""
        upload = self._by_blob.pop(_item_of(exchange), None)
        if upload is not None:
            self._by_upload.pop(upload, None)

    def send(self, exchange: Exchange) -> Iterator[ClientMistake]:
        """Note a chunk or an end. Yields a mistake if it came again after an unknown outcome."""
        upload = _item_of(exchange)
        earlier = self._by_upload.pop(upload, None)
        if earlier is not None and earlier.endpoint == exchange.endpoint and not _has_range(exchange):
            what = "a chunk without Content-Range" if _is_chunk(exchange) else "the end of an upload"
            text = f"sent {what} after one whose outcome it did not know, and did not ask for it"
            yield ClientMistake(exchanges=(earlier, exchange), text=text)

        if _is_unknown(exchange):
            self._by_upload[upload] = exchange
            self._by_blob[exchange.repository, _digest_parameter_of(exchange)] = upload


class _UnknownDeletions:
    """Deletions whose outcome the client does not know, and pushes since then."""

    def __init__(self) -> None:
        self._deleted: dict[_Item, Exchange] = {}
        self._pushed: dict[_Item, Exchange] = {}

    def ask(self, exchange: Exchange) -> None:
        """Note that the client looked for what it has deleted."""
        self._forget(_item_of(exchange))

    def push(self, exchange: Exchange, references: Sequence[str | None]) -> None:
        """Note that these references, and their repository, were pushed."""
        for reference in references:
            item = (exchange.repository, reference)
            if item in self._deleted:
                self._pushed[item] = exchange

    def delete(self, exchange: Exchange, *, succeeded: bool) -> Iterator[ClientMistake]:
        """Note a deletion. Yields a mistake if it came again and has removed what was pushed since."""
        item = _item_of(exchange)
        earlier, pushed = self._deleted.get(item), self._pushed.get(item)
        if earlier is not None and pushed is not None and succeeded:
            name = name_text(*item)
            text = f"deleted {name} once more after an unknown outcome, though it was pushed since"
            yield ClientMistake(exchanges=(earlier, pushed, exchange), text=text)

        self._forget(item)
        if _is_unknown(exchange):
            self._deleted[item] = exchange

    def _forget(self, item: _Item) -> None:
        self._deleted.pop(item, None)
        self._pushed.pop(item, None)


def _find_blind_repeats(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield calls that came again after an unknown outcome, without asking for it.

    The outcome is unknown if the connection was dropped, and after 500, 502 and 504. Each call has
    its own harm:

    - a chunk without Content-Range is added twice. With Content-Range it may come again, because the
      registry refuses it at the wrong place (416);
    - the end of an upload is answered 404 if the first one succeeded. HEAD of the blob answers that;
    - a deletion may come again (RFC 9110 §9.2.2). It is a mistake only if the same tag, manifest or
      repository was pushed in between, and was deleted with it;
    - the start of an upload leaves an unused upload, and a manifest pushed again is the same: both
      are harmless.
    """
    uploads, deletions = _UnknownUploads(), _UnknownDeletions()
    for exchange in exchanges:
        action = action_of(exchange)
        if is_probe(exchange) or exchange.status == 401:
            continue

        if exchange.endpoint in _SENDS:
            yield from uploads.send(exchange)
        elif exchange.endpoint in _ASKS:
            uploads.ask(exchange)
        elif action is not None and action.kind is ActionKind.DELETION:
            yield from deletions.delete(exchange, succeeded=action.succeeded)
        elif action is not None and action.kind is ActionKind.PUSH and action.succeeded:
            deletions.push(exchange, [*action.tags, action.digest, None])
        elif exchange.method in ("GET", "HEAD"):
            deletions.ask(exchange)
            uploads.ask_for_blob(exchange)


def _is_unknown(exchange: Exchange) -> bool:
    is_stalled = any(fault.startswith(_STALL) for fault in effective_faults(exchange))
    return is_stalled or exchange.status in _UNKNOWN_STATUSES


def _item_of(exchange: Exchange) -> _Item:
    return exchange.repository, exchange.reference


def _is_chunk(exchange: Exchange) -> bool:
    return exchange.endpoint == EndpointName.UPLOAD_CHUNK


def _has_range(exchange: Exchange) -> bool:
    """Return whether the registry compares the place of a chunk with what it has."""
    return _is_chunk(exchange) and exchange.request_header("Content-Range") is not None


def _digest_parameter_of(exchange: Exchange) -> str | None:
    values = parse_qs(exchange.query).get("digest")
    return values[0] if values else None


REPEATED_WITHOUT_ASKING: Final = ClientRule(
    name="repeated-without-asking",
    sentence="A call that may have succeeded is sent again, and does its work twice or fails.",
    source=(
        "RFC 9110 §9.2.2: no automatic retry of a method that is not idempotent, unless the client "
        "can find out that the first was not applied; distribution-spec v1.1.1, Pushing a blob in "
        "chunks: GET of the upload (end-13) returns how much has arrived"
    ),
    example="After a lost answer GET the upload, or HEAD the blob, and continue from there.",
    find=_find_blind_repeats,
)
