"""A rule about calls that wait for a change without a pause."""

from collections.abc import Iterator, Sequence
from typing import Final

from fake_registry.clock import SECOND_NS
from fake_registry.journal.checks.clients import client_of, is_struck
from fake_registry.journal.checks.rule import ClientMistake, ClientRule
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.logins import is_login, is_probe

_FEWEST_CALLS: Final = 20
"""The fewest calls in a row that are reported. A test that counts on a few tries has fewer."""

_SHORTEST_PAUSE_NS: Final = SECOND_NS // 10
"""The nanoseconds between two calls that are a pause."""

_READS: Final = frozenset({"GET", "HEAD"})

_ANSWER_HEADERS: Final = ("Docker-Content-Digest", "Range")
"""The headers in which answers differ once there is a change."""


def _find_busy_polling(exchanges: Sequence[Exchange]) -> Iterator[ClientMistake]:
    """Yield series of the same GET or HEAD with less than 0.1 seconds between two of them.

    At least 20 are answered alike, by the registry's clock, and the client sends no other call to
    the repository in between. The series ends with another answer, or each answer is 404: the client
    waited for a change. Reads that find the same content each time, as a test of load sends them,
    wait for nothing. Only the registry's clock shows a pause: `time.sleep` moves no `ManualClock`.
    """
    rows: dict[tuple[str, str | None], list[Exchange]] = {}
    for exchange in exchanges:
        if is_probe(exchange) or is_login(exchange) or is_struck(exchange):
            continue

        place = (client_of(exchange), exchange.repository)
        row = rows.get(place, [])
        if row and _continues(row[-1], exchange):
            row.append(exchange)
            continue

        yield from _mistake_in(row, exchange)
        rows[place] = [exchange] if exchange.method in _READS else []

    for row in rows.values():
        yield from _mistake_in(row, None)


def _continues(last: Exchange, exchange: Exchange) -> bool:
    """Return whether the same call came again without a pause, and was answered alike."""
    return _is_next(last, exchange) and _answer_of(last) == _answer_of(exchange)


def _is_next(last: Exchange, exchange: Exchange) -> bool:
    is_same = (last.method, last.target) == (exchange.method, exchange.target)
    return is_same and exchange.time - last.time < _SHORTEST_PAUSE_NS


def _answer_of(exchange: Exchange) -> tuple[object, ...]:
    headers = [exchange.response_header(name) for name in _ANSWER_HEADERS]
    return exchange.status, exchange.response_bytes, *headers


def _mistake_in(row: Sequence[Exchange], end: Exchange | None) -> Iterator[ClientMistake]:
    """Yield the series if it is long, and waited for a change. `end` is the call after it."""
    if len(row) < _FEWEST_CALLS:
        return

    is_answered = end is not None and _is_next(row[-1], end)
    if is_answered or row[-1].status == 404:
        text = f"sent {row[0].endpoint} {len(row)} times in a row without a pause"
        yield ClientMistake(exchanges=(row[0], row[-1]), text=text)


POLLING_WITHOUT_PAUSE: Final = ClientRule(
    name="polling-without-pause",
    sentence="A call is repeated at least 20 times without a pause until its answer changes; ACR throttles that.",
    source="ACR, service tiers, Registry throughput and throttling: 429 for a burst of requests",
    example="Wait between two calls, longer each time, and for as long as Retry-After says.",
    find=_find_busy_polling,
)
