"""A rule about manifests that are read more often than necessary."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from fake_registry.clock import SECOND_NS
from fake_registry.journal.checks.clients import client_of, is_struck
from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.text import name_text
from fake_registry.spec.endpoints import CONTENT_CHANGES, EndpointName

_MOST_READS: Final = 4
"""The most downloads of one manifest, and the most items of a list that may be read one by one."""

_FRESH_NS: Final = 60 * SECOND_NS
"""The nanoseconds after which it is no mistake to look again."""

_TAGS: Final = EndpointName.ACR_TAGS_LIST
_MANIFESTS: Final = EndpointName.ACR_MANIFESTS_LIST

_LISTS_WITH: Final[dict[str, tuple[EndpointName, ...]]] = {
    EndpointName.ACR_TAG_GET: (_TAGS,),
    EndpointName.ACR_MANIFEST_GET: (_MANIFESTS,),
    EndpointName.MANIFEST_HEAD: (_TAGS, _MANIFESTS),
}
"""The reads of one item, and the lists that say the same of each of their items."""


@dataclass(kw_only=True)
class _ReadsOfRepository:
    """Reads of one repository by one client, since it was last changed."""

    downloads: dict[tuple[str | None, str], list[Exchange]] = field(default_factory=dict)
    """By reference and digest."""
    lists: dict[str, Exchange] = field(default_factory=dict)
    """The last page of each list, by its endpoint."""
    items: dict[str, dict[str | None, Exchange]] = field(default_factory=dict)
    """The first read of each item after a list that has it, by endpoint and reference."""

    def add(self, exchange: Exchange) -> Iterator[ClientMistake]:
        """Count an answer 200. Yields mistakes in earlier reads, if a new series of reads begins."""
        if exchange.endpoint in (_TAGS, _MANIFESTS):
            yield from self._add_page(exchange)
        elif exchange.endpoint in _LISTS_WITH:
            self._add_item(exchange)
        elif exchange.endpoint == EndpointName.MANIFEST_GET:
            yield from self._add_download(exchange)

    def mistakes(self) -> Iterator[ClientMistake]:
        """Yield the mistakes in all reads."""
        for downloads in self.downloads.values():
            yield from _mistake_in(downloads)
        yield from self._mistakes_in_items()

    def _add_page(self, exchange: Exchange) -> Iterator[ClientMistake]:
        if "last=" not in exchange.query:
            yield from self._mistakes_in_items()
            self.items.clear()
        self.lists[exchange.endpoint or ""] = exchange

    def _add_download(self, exchange: Exchange) -> Iterator[ClientMistake]:
        key = (exchange.reference, exchange.response_header("Docker-Content-Digest") or "")
        earlier = self.downloads.setdefault(key, [])
        if earlier and exchange.time - earlier[-1].time >= _FRESH_NS:
            yield from _mistake_in(earlier)
            earlier.clear()
        earlier.append(exchange)

    def _add_item(self, exchange: Exchange) -> None:
        endpoint = exchange.endpoint or ""
        listed = [self.lists[name] for name in _LISTS_WITH[endpoint] if name in self.lists]
        if any(exchange.time - page.time < _FRESH_NS for page in listed):
            self.items.setdefault(endpoint, {}).setdefault(exchange.reference, exchange)

    def _mistakes_in_items(self) -> Iterator[ClientMistake]:
        for endpoint, by_reference in self.items.items():
            items = list(by_reference.values())
            if len(items) > _MOST_READS:
                text = f"sent {endpoint} for {len(items)} items of a list that has the same of each"
                yield ClientMistake(exchanges=tuple(items[: _MOST_READS + 1]), text=text)


def _find_repeated_reads(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield manifests that a client downloaded again and again, and lists read item by item.

    A manifest is downloaded five times by the same tag or digest, each within 60 seconds of the one
    before; or five items are read one by one within 60 seconds after a list of ACR that has the
    same of each: the properties of tags and manifests, and HEAD of a manifest. In between, no
    request has changed the repository.

    A download for each tag of a list is no mistake: the lists have neither layers nor annotations.
    Neither is HEAD for each tag after the list of the specification, which has no digests.
    """
    reads: dict[str | None, dict[str, _ReadsOfRepository]] = {}
    for exchange in exchanges:
        if exchange.endpoint in CONTENT_CHANGES and exchange.status != 401:
            for changed in reads.pop(exchange.repository, {}).values():
                yield from changed.mistakes()

        if exchange.status == 200 and not is_struck(exchange):
            of_clients = reads.setdefault(exchange.repository, {})
            own = of_clients.setdefault(client_of(exchange), _ReadsOfRepository())
            yield from own.add(exchange)

    for of_clients in reads.values():
        for own in of_clients.values():
            yield from own.mistakes()


def _mistake_in(downloads: Sequence[Exchange]) -> Iterator[ClientMistake]:
    if len(downloads) > _MOST_READS:
        name = name_text(downloads[0].repository, downloads[0].reference)
        done = f"downloaded the manifest {name} {len(downloads)} times"
        text = f"{done}, and it was the same each time"
        yield ClientMistake(exchanges=tuple(downloads[: _MOST_READS + 1]), text=text)


REPEATED_MANIFEST_READS: Final = ClientRule(
    name="repeated-manifest-reads",
    sentence="A manifest is downloaded again and again, or a list's items are read one by one.",
    source=(
        "distribution-spec v1.1.1, Pulling manifests (end-3): a digest leads to the same bytes for "
        "ever; ACR 2021-07-01, Tag - Get List, Manifest - Get List: lists have the properties"
    ),
    example="Keep a manifest by its digest; use the digests and properties that the list has.",
    find=_find_repeated_reads,
)
