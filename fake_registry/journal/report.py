"""The exchanges of a failed test as a few lines of text, for people."""

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import is_probe, logins_before_calls
from fake_registry.journal.text import name_text, notes_text, outcome_text
from fake_registry.spec.endpoints import ENDPOINTS
from fake_registry.spec.text import printable
from fake_registry.spec.words import count_text

_SEARCHED: Final = 20
"""The exchanges that are looked at for each line: of four requests, three may be of a login."""

_OF_UPLOADS: Final = frozenset(row.name for row in ENDPOINTS if "{upload}" in row.path)
"""The endpoints of one upload."""

_UPLOAD_CHARACTERS: Final = 8
"""The characters of the id of an upload that are shown: with a colon it would read as a tag."""

_MOST_CHARACTERS: Final = 400
"""The most characters of a line."""


def exchanges_text(exchanges: Sequence[Exchange], *, limit: int | None, earlier: int = 0) -> str:
    """Return a line for each of the last `limit` exchanges, and one about those that are left out.

    `earlier` is the number of exchanges before these. Logins before a call are left out as well, if
    `limit` is not None and they succeeded.
    """
    if not exchanges:
        return "(no requests)"
    if limit is None:
        return "\n".join(map(exchange_line, exchanges))

    last = exchanges[-limit * _SEARCHED :]
    logins = logins_before_calls(last)
    others = [exchange for exchange in last if exchange.number not in logins]
    shown = others[-limit:]

    omitted = earlier + len(exchanges) - len(last) + len(others) - len(shown)
    before = _lines_of_omitted(omitted, last, logins)
    return "\n".join([*before, *map(exchange_line, shown)])


def exchange_line(exchange: Exchange) -> str:
    """Return number, method, endpoint, name, outcome, error codes, reason and faults of one."""
    endpoint = exchange.endpoint or "no endpoint"
    called = f"#{exchange.number} {exchange.method} {endpoint} {_name_of(exchange)}".rstrip()
    notes = notes_text(dict.fromkeys(exchange.errors), exchange.failure, ())
    faults = "".join(f" [fault {fault}]" for fault in exchange.faults)
    return _cut(f"{called} -> {outcome_text(exchange.status)} {notes}".rstrip() + faults)


def _name_of(exchange: Exchange) -> str:
    """Return the repository with its tag, digest or upload; the target where no route matched."""
    repository, reference = exchange.repository, exchange.reference
    if exchange.endpoint is None:
        return exchange.target
    if reference is not None and exchange.endpoint in _OF_UPLOADS:
        return f"{repository} upload {reference[:_UPLOAD_CHARACTERS]}"
    return name_text(repository, reference)


def _lines_of_omitted(
    earlier: int,
    exchanges: Sequence[Exchange],
    logins: Collection[int],
) -> Iterator[str]:
    if logins:
        probes = sum(is_probe(exchange) for exchange in exchanges if exchange.number in logins)
        tokens = f"{count_text(len(logins) - probes, 'token request')} that succeeded"
        calls = f"{count_text(probes, 'call')} without a token, answered 401, and " if probes else ""
        yield f"(left out: {calls}{tokens})"
    if earlier:
        yield f"({count_text(earlier, 'earlier request')}; -vv shows all)"


def _cut(line: str) -> str:
    safe = printable(line)
    return safe if len(safe) <= _MOST_CHARACTERS else f"{safe[: _MOST_CHARACTERS - 3]}..."
