"""Content that came damaged, and that a client took for the content it had requested."""

from collections.abc import Iterable, Sequence
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


def unnoticed_damage(strikes: Sequence[SweptFault], record: RunRecord) -> str | None:
    """Return that damaged content was neither refused nor read again, for a run that has passed."""
    damaging = [strike for strike in strikes if _damages_content(strike)]
    for exchanges in record.exchanges.values():
        for struck in struck_in(exchanges, damaging):
            later = exchanges[exchanges.index(struck) + 1 :]
            if struck.endpoint in _CONTENT and not any(_reads_again(struck, one) for one in later):
                content = f"{struck.endpoint} {struck.reference}"
                return f"it passed, although {content} came damaged and was not read again: is its digest checked?"
    return None


def _damages_content(strike: SweptFault) -> bool:
    effect = strike.effect.effect_at(strike.call.endpoint)
    return isinstance(effect, _DAMAGES) and strike.call.endpoint in _CONTENT


def _reads_again(struck: Exchange, later: Exchange) -> bool:
    """Return whether a later request reads the same content: a manifest also by its digest."""
    if later.endpoint in _BLOBS:
        return later.reference == struck.reference
    if later.endpoint != struck.endpoint or later.repository != struck.repository:
        return False
    return later.reference == struck.reference or ":" in (later.reference or "")
