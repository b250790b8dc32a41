"""`RequestBudget`: bounds the requests that are recorded while a block runs."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Final

from fake_registry.journal.actions import action_of
from fake_registry.journal.assertions import check_count
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.recorder import Subscribe
from fake_registry.journal.text import MOST_LINES

_WITHOUT_ENDPOINT: Final = "requests that no route matched"


class ExchangeTally:
    """Counts exchanges, their bytes and their actions."""

    def __init__(self) -> None:
        self.numbers: Counter[str] = Counter()
        """Each number that a budget can bound, by name."""
        self.outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        """The numbers of outcomes at each endpoint."""

    def count(self, exchange: Exchange) -> None:
        """Add an exchange."""
        self.numbers["requests"] += 1
        self.numbers["bytes_sent"] += exchange.request_bytes
        self.numbers["bytes_received"] += _received_bytes_of(exchange)

        action = action_of(exchange)
        if action is not None and action.succeeded:
            self.numbers[action.kind.plural] += 1

        self.outcomes[exchange.endpoint or _WITHOUT_ENDPOINT][exchange.outcome] += 1

    def __str__(self) -> str:
        """Return a line for each endpoint, the most frequent first."""
        totals = Counter({name: counts.total() for name, counts in self.outcomes.items()})
        lines = [
            f"{total} {name}: {_outcomes_text(self.outcomes[name])}" for name, total in totals.most_common(MOST_LINES)
        ]
        return "\n".join(lines)


class RequestBudget:
    """A context manager that raises AssertionError at the end of its block if more was recorded
    than the limits allow. An exception of the block passes unchanged."""

    def __init__(self, limits: Mapping[str, int], subscribe: Subscribe[Exchange]) -> None:
        self._limits = limits
        self._subscribe = subscribe
        self._running: list[tuple[ExchangeTally, Callable[[], None]]] = []
        """The blocks that run, innermost last: their tallies, and the ends of their counting."""

    def __enter__(self) -> None:
        tally = ExchangeTally()
        self._running.append((tally, self._subscribe(tally.count)))

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        __tracebackhide__ = True
        tally, end = self._running.pop()
        end()
        if error is not None:
            return

        exceeded = [
            f"{name}={tally.numbers[name]:,} (at most {limit:,})"
            for name, limit in self._limits.items()
            if tally.numbers[name] > limit
        ]
        if exceeded:
            raise AssertionError(f"more than the budget: {', '.join(exceeded)} in:\n{tally}")


def limits_of(given: Mapping[str, int | None]) -> dict[str, int]:
    """Return the limits that are given.

    Raises TypeError without any and for one that is no int, ValueError for a negative one.
    """
    __tracebackhide__ = True
    limits = {name: limit for name, limit in given.items() if limit is not None}
    if not limits:
        raise TypeError(f"expected a limit for one of {', '.join(given)}, found none")

    for name, limit in limits.items():
        check_count(name, limit)
    return limits


def _received_bytes_of(exchange: Exchange) -> int:
    """Return the announced length of the answer's body; 0 where there is no body, or no length."""
    has_body = exchange.method != "HEAD" and exchange.status not in (None, 204, 304)
    if not has_body or exchange.response_bytes is None:
        return 0
    return exchange.response_bytes


def _outcomes_text(outcomes: Counter[str]) -> str:
    return ", ".join([f"{count} -> {outcome}" for outcome, count in outcomes.items()])
