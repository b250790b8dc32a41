"""A rule about tags that another client has moved since they were read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from fake_registry.journal.actions import ActionKind, action_of
from fake_registry.journal.checks.clients import client_of
from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.standing import effective_faults
from fake_registry.journal.text import name_text
from fake_registry.spec.endpoints import EndpointName

_READS: Final = frozenset(
    {EndpointName.MANIFEST_GET, EndpointName.MANIFEST_HEAD, EndpointName.ACR_TAG_GET},
)

_MOVE: Final = "MoveTag("
"""The beginning of the text of the effect that moves a tag as another client does."""

_Writer = tuple[str, str | None]
"""The User-Agent and the principal."""

_TagName = tuple[str | None, str]
"""The repository and the tag."""


@dataclass
class _TagRead:
    """The last read of a tag by one client."""

    exchange: Exchange
    digest: str | None
    moved_by: Exchange | None = None
    """The exchange since then in which another client, or the effect `MoveTag`, moved the tag."""


class _TagReads:
    """The last read of each tag by each client."""

    def __init__(self) -> None:
        self._by_tag: dict[_TagName, dict[_Writer, _TagRead]] = {}

    def read(self, exchange: Exchange) -> None:
        """Remember a read; forget the last one if a fault struck this one."""
        reads = self._by_tag.setdefault((exchange.repository, exchange.reference or ""), {})
        last = reads.pop(_writer_of(exchange), None)
        digest = exchange.response_header("Docker-Content-Digest")

        faults = effective_faults(exchange)
        others = [fault for fault in faults if not fault.startswith(_MOVE)]
        is_moved_before = last is not None and last.digest != digest
        if others or (faults and is_moved_before):
            return
        reads[_writer_of(exchange)] = _TagRead(exchange, digest)

    def move(self, name: _TagName, exchange: Exchange) -> None:
        """Note that the effect `MoveTag` has moved the tag after an exchange."""
        for read in self._by_tag.get(name, {}).values():
            read.moved_by = exchange

    def push(self, name: _TagName, exchange: Exchange, digest: str | None) -> Iterator[ClientMistake]:
        """Note a push. Yields a mistake if it overwrites a tag that has moved since it was read."""
        reads = self._by_tag.get(name, {})
        own = reads.pop(_writer_of(exchange), None)
        if own is not None and own.moved_by is not None and _digest_of(own.moved_by) != digest:
            text = f"overwrote {name_text(*name)}, which was moved by another after this client read it"
            yield ClientMistake(exchanges=_without_repeats(own.exchange, own.moved_by, exchange), text=text)

        for read in reads.values():
            if digest != read.digest:
                read.moved_by = exchange


def _find_lost_updates(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield pushes of a tag that another client moved since this client has last read it.

    Another client has another User-Agent or principal. The effect `MoveTag` counts as one, which
    moves the tag after the exchange that it struck, as it does by default. What the test changes in
    the registry itself is in no exchange. A push without a read is no mistake, and neither is one of
    the manifest to which the other client has moved the tag.
    """
    reads = _TagReads()
    for exchange in exchanges:
        action = action_of(exchange)
        if action is not None and action.kind is ActionKind.PUSH and action.succeeded:
            for tag in action.tags:
                yield from reads.push((exchange.repository, tag), exchange, action.digest)

        elif _is_read(exchange):
            reads.read(exchange)

        if any(fault.startswith(_MOVE) for fault in effective_faults(exchange)):
            reads.move((exchange.repository, exchange.reference or ""), exchange)


def _is_read(exchange: Exchange) -> bool:
    is_of_tag = ":" not in (exchange.reference or ":")
    return exchange.endpoint in _READS and exchange.status == 200 and is_of_tag


def _writer_of(exchange: Exchange) -> _Writer:
    return client_of(exchange), exchange.principal


def _digest_of(moved_by: Exchange) -> str | None:
    """Return the digest to which the tag was moved; None where no exchange shows it."""
    is_push = moved_by.endpoint == EndpointName.MANIFEST_PUT
    return moved_by.response_header("Docker-Content-Digest") if is_push else None


def _without_repeats(*exchanges: Exchange) -> tuple[Exchange, ...]:
    return tuple({exchange.number: exchange for exchange in exchanges}.values())


TAG_MOVED_BY_ANOTHER: Final = ClientRule(
    name="tag-moved-by-another",
    sentence="A push overwrites a tag that another has moved since this client read it: a lost update.",
    source=(
        "distribution-spec v1.1.1, Pushing Manifests (end-7): a PUT replaces the tag, and no header "
        "makes it conditional; ACR, Image tag best practices: unique tags, and locks"
    ),
    example="Push to a unique tag; or lock the tag (ACR, writeEnabled), and read it again before a PUT.",
    find=_find_lost_updates,
)
