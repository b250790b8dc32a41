"""A rule about calls that are sent again although the first one may have succeeded."""

from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import parse_qs

from fake_registry.journal.actions import ActionKind, action_of
from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.text import name_text
from fake_registry.spec.endpoints import EndpointName

_UNKNOWN_STATUSES: Final = frozenset({None, 500, 502, 504})
"""After these the call may have succeeded. 503: it was not handled (RFC 9110 §15.6.4)."""

_READS: Final = frozenset({"GET", "HEAD"})

_Item = tuple[str | None, str | None]
"""The repository, and the upload, tag or digest; None for the repository itself."""


class _UnknownChunks:
    """Chunks whose outcome the client does not know, the last one of each upload."""

    def __init__(self) -> None:
        self._by_upload: dict[_Item, Exchange] = {}

    def ask(self, exchange: Exchange) -> None:
        """Note another call to the upload: its answer shows which bytes have arrived."""
        self._by_upload.pop(_item_of(exchange), None)

    def send(self, exchange: Exchange) -> Iterator[ClientMistake]:
        """Note a chunk. Yields a mistake if it may have been sent before."""
        earlier = self._by_upload.pop(_item_of(exchange), None)
        if earlier is not None and exchange.request_header("Content-Range") is None:
            what = "a chunk without Content-Range after one whose outcome it did not know"
            text = f"sent {what}, and did not ask for it"
            yield ClientMistake(exchanges=(earlier, exchange), text=text)

        if _is_unknown(exchange):
            self._by_upload[_item_of(exchange)] = exchange


class _UnknownFinishes:
    """Ends of uploads whose outcome the client does not know."""

    def __init__(self) -> None:
        self._unknown: dict[_Item, Exchange] = {}
        """By upload."""
        self._refused: dict[_Item, tuple[Exchange, Exchange]] = {}
        """The unknown ones that came again and were answered 404, by repository and blob."""

    def ask(self, exchange: Exchange) -> None:
        """Note that the client asked for a blob."""
        self._refused.pop(_item_of(exchange), None)

    def finish(self, exchange: Exchange) -> None:
        """Note the end of an upload."""
        blob = (exchange.repository, _digest_parameter_of(exchange))
        earlier = self._unknown.pop(_item_of(exchange), None)

        self._refused.pop(blob, None)
        if earlier is not None and exchange.status == 404:
            self._refused[blob] = (earlier, exchange)
        elif _is_unknown(exchange):
            self._unknown[_item_of(exchange)] = exchange

    def mistakes(self) -> Iterator[ClientMistake]:
        """Yield those that the client took for failures."""
        for both in self._refused.values():
            what = "the end of an upload again after one whose outcome it did not know"
            yield ClientMistake(exchanges=both, text=f"sent {what}, and did not ask for the blob")


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
        """Note a deletion. Yields a mistake if it came again and has removed a later push."""
        item = _item_of(exchange)
        earlier, pushed = self._deleted.get(item), self._pushed.get(item)
        if earlier is not None and pushed is not None and succeeded:
            name = name_text(*item)
            text = f"deleted {name} again after an unknown outcome, though it was pushed in between"
            yield ClientMistake(exchanges=(earlier, pushed, exchange), text=text)

        self._forget(item)
        if _is_unknown(exchange):
            self._deleted[item] = exchange

    def _forget(self, item: _Item) -> None:
        self._deleted.pop(item, None)
        self._pushed.pop(item, None)


def _find_blind_repeats(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield calls that came again after an unknown outcome, without asking for it.

    The outcome is unknown if the connection was dropped, and after 500, 502 and 504. What a client
    may do then depends on the call:

    - a chunk without Content-Range is added twice: GET of the upload says how much has arrived.
      With Content-Range it may come again: the registry refuses it at a wrong place (416);
    - the end of an upload may come again, since PUT is idempotent (RFC 9110 §9.2.2). But it is
      then answered 404 if the first one succeeded, and HEAD of the blob says whether it has;
    - a deletion may come again for the same reason. It is a mistake only if the same tag, manifest
      or repository was pushed in between, and was deleted with it;
    - the start of an upload leaves an unused upload, and a manifest pushed again is the same: both
      are harmless.
    """
    chunks, finishes, deletions = _UnknownChunks(), _UnknownFinishes(), _UnknownDeletions()
    for exchange in exchanges:
        if exchange.status == 401:
            continue

        action = action_of(exchange)
        if exchange.endpoint == EndpointName.UPLOAD_CHUNK:
            yield from chunks.send(exchange)
        elif exchange.endpoint == EndpointName.UPLOAD_FINISH:
            finishes.finish(exchange)
        elif action is not None and action.kind is ActionKind.DELETION:
            yield from deletions.delete(exchange, succeeded=action.succeeded)
        elif action is not None and action.kind is ActionKind.PUSH and action.succeeded:
            deletions.push(exchange, [*action.tags, action.digest, None])
        elif exchange.method in _READS:
            deletions.ask(exchange)
            finishes.ask(exchange)

        if exchange.endpoint != EndpointName.UPLOAD_CHUNK:
            chunks.ask(exchange)
    yield from finishes.mistakes()


def _is_unknown(exchange: Exchange) -> bool:
    return exchange.status in _UNKNOWN_STATUSES


def _item_of(exchange: Exchange) -> _Item:
    return exchange.repository, exchange.reference


def _digest_parameter_of(exchange: Exchange) -> str | None:
    values = parse_qs(exchange.query).get("digest")
    return values[0] if values else None


REPEATED_WITHOUT_ASKING: Final = ClientRule(
    name="repeated-without-asking",
    sentence="A call that may have succeeded is sent again, so that it acts twice, or its success "
    "is taken for a failure.",
    source="RFC 9110 §9.2.2: no automatic retry of a method that is not idempotent, unless the "
    "client can detect that the first was not applied; distribution-spec v1.1.1, Pushing a blob "
    "in chunks: GET of the upload (end-13) returns how much has arrived",
    example="After a lost answer GET the upload, or HEAD the blob, and continue from there.",
    find=_find_blind_repeats,
)
