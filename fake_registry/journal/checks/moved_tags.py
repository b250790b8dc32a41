"""A rule about tags that another client has moved since they were read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final

from fake_registry.journal.actions import ActionKind, RegistryAction, action_of
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


@dataclass(frozen=True)
class _TagRead:
    """A read of a tag by one client."""

    exchange: Exchange
    digest: str | None
    place: int


@dataclass(frozen=True)
class _TagMove:
    """A push of a tag, or a move by the effect `MoveTag`."""

    exchange: Exchange
    digest: str | None
    """None where no exchange shows it, as after `MoveTag`."""
    place: int


class _KnownTags:
    """What each client has last read of each tag, and the last move of each tag."""

    def __init__(self) -> None:
        self._reads: dict[tuple[_Writer, _TagName], _TagRead] = {}
        self._moves: dict[_TagName, _TagMove] = {}
        self._places = count()
        """Number the reads and moves in their order."""

    def read(self, name: _TagName, exchange: Exchange) -> None:
        """Remember a read; forget the last one if a fault struck this one."""
        key = (_writer_of(exchange), name)
        last = self._reads.pop(key, None)
        digest = exchange.response_header("Docker-Content-Digest")

        faults = effective_faults(exchange)
        others = [fault for fault in faults if not fault.startswith(_MOVE)]
        is_moved_before = last is not None and last.digest != digest
        if not others and not (faults and is_moved_before):
            self._reads[key] = _TagRead(exchange, digest, next(self._places))

    def move(self, name: _TagName, exchange: Exchange) -> None:
        """Note that the effect `MoveTag` has moved the tag after an exchange."""
        self._moves[name] = _TagMove(exchange, None, next(self._places))

    def push(self, name: _TagName, push: RegistryAction) -> Iterator[ClientMistake]:
        """Note a push. Yields a mistake if it overwrites a tag that has moved since it was read."""
        exchange, digest = push.exchange, push.digest
        read = self._reads.pop((_writer_of(exchange), name), None)
        move = self._moves.get(name)
        self._moves[name] = _TagMove(exchange, digest, next(self._places))

        if read is None or move is None or move.place < read.place:
            return
        if move.digest is None or move.digest not in (read.digest, digest):
            involved = _without_repeats(read.exchange, move.exchange, exchange)
            text = f"overwrote {name_text(*name)}, which another had moved since this client read it"
            yield ClientMistake(exchanges=involved, text=text)


def _find_lost_updates(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield pushes of a tag that another client moved since this client has last read it.

    Another client has another User-Agent or principal. The effect `MoveTag` counts as one, which
    moves the tag after the exchange that it struck, as it does by default. What the test changes in
    the registry itself is in no exchange. A push without a read is no mistake, and neither is one
    of the manifest to which the other client has moved the tag.
    """
    tags = _KnownTags()
    for exchange in exchanges:
        name = (exchange.repository, exchange.reference or "")
        action = action_of(exchange)
        if action is not None and action.kind is ActionKind.PUSH and action.succeeded:
            for tag in action.tags:
                yield from tags.push((exchange.repository, tag), action)

        elif _is_read(exchange):
            tags.read(name, exchange)

        if any(fault.startswith(_MOVE) for fault in effective_faults(exchange)):
            tags.move(name, exchange)


def _is_read(exchange: Exchange) -> bool:
    is_of_tag = ":" not in (exchange.reference or ":")
    return exchange.endpoint in _READS and exchange.status == 200 and is_of_tag


def _writer_of(exchange: Exchange) -> _Writer:
    return client_of(exchange), exchange.principal


def _without_repeats(*exchanges: Exchange) -> tuple[Exchange, ...]:
    return tuple({exchange.number: exchange for exchange in exchanges}.values())


TAG_MOVED_BY_ANOTHER: Final = ClientRule(
    name="tag-moved-by-another",
    sentence="A push overwrites a tag that another has moved since it was read: a lost update.",
    source=(
        "distribution-spec v1.1.1, Pushing Manifests (end-7): a PUT replaces the tag, and no "
        "header makes it conditional; ACR, Recommendations for tagging and versioning container "
        "images: unique tags, and locks"
    ),
    example="Push to a unique tag; or lock the tag (ACR, writeEnabled), and read it before a PUT.",
    find=_find_lost_updates,
)
