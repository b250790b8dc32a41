"""Content that came damaged, and that a client took for the content it had requested."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from typing import Final

from fake_registry.http.faults.bodies import Corrupt
from fake_registry.http.faults.connections import Truncate
from fake_registry.http.faults.manifests import AlterManifest
from fake_registry.http.faults.sweep import SweptFault
from fake_registry.journal.exchange import Exchange
from fake_registry.spec.endpoints import EndpointName
from pytest_acr.sweeping.record import RunRecord

_DAMAGES: Final = (Corrupt, Truncate, AlterManifest)

_BLOBS: Final = (EndpointName.BLOB_GET, EndpointName.STORAGE_BLOB)

_CONTENT: Final = (EndpointName.MANIFEST_GET, *_BLOBS)
"""The endpoints whose content has a digest: the client knows it, or the answer has it."""


def struck_in(exchanges: Iterable[Exchange], strikes: Iterable[SweptFault]) -> list[Exchange]:
    """Return the exchanges that faults of a case have struck."""
    names = tuple([repr(strike.effect.effect_at(strike.call.endpoint)) for strike in strikes])
    return [one for one in exchanges if any(fault.startswith(names) for fault in one.faults)]


def unnoticed_damage(
    strikes: Sequence[SweptFault],
    record: RunRecord,
    good: RunRecord,
) -> str | None:
    """Return that damaged content was neither refused nor read again, for a run that has passed.

    Content was read again if the run without faults has fewer reads of it, also of another registry
    or of another range.
    """
    damaging = [strike for strike in strikes if _damages_content(strike)]
    more = _more_reads(record, good)
    for exchanges in record.exchanges.values():
        for struck in struck_in(exchanges, damaging):
            if struck.endpoint in _CONTENT and not any(_have_same_content(struck, one) for one in more):
                content = f"{struck.endpoint} {struck.reference}"
                return f"it passed, although {content} came damaged and was not read again: is its digest checked?"
    return None


def _damages_content(strike: SweptFault) -> bool:
    effect = strike.effect.effect_at(strike.call.endpoint)
    return isinstance(effect, _DAMAGES) and strike.call.endpoint in _CONTENT


def _more_reads(record: RunRecord, good: RunRecord) -> list[Exchange]:
    """Return a read of each content and range that the run has read more often than the good one."""
    reads = dict(_reads_of(record))
    counts = Counter(read for read, _ in _reads_of(record))
    counts.subtract(read for read, _ in _reads_of(good))
    return [exchange for read, exchange in reads.items() if counts[read] > 0]


def _reads_of(record: RunRecord) -> Iterator[tuple[tuple[str | None, ...], Exchange]]:
    """Yield each read of content that was answered: its registry, content and range, and the
    exchange."""
    for key, exchanges in record.exchanges.items():
        for one in exchanges:
            if one.endpoint in _CONTENT and one.status is not None and one.status < HTTPStatus.BAD_REQUEST:
                content = (key, one.endpoint, one.repository, one.reference)
                yield (*content, one.request_header("Range")), one


def _have_same_content(one: Exchange, other: Exchange) -> bool:
    return not _names_of(one).isdisjoint(_names_of(other))


def _names_of(exchange: Exchange) -> frozenset[str]:
    """Return the digest of the content that was read, and the tag by which it was."""
    reference = exchange.reference or ""
    name = reference if ":" in reference else f"{exchange.repository}:{reference}"
    return frozenset([name, exchange.response_header("Docker-Content-Digest") or name])
