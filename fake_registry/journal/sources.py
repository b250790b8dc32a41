"""`RecordedSource` and `Selection`: where exchanges are read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.recorder import Observer, Subscribe


class RecordedSource(Protocol):
    """The exchanges of a registry, which grow. A `Recorder` has these methods."""

    def read(self) -> tuple[Exchange, ...]:
        """Return all exchanges that are kept, oldest first."""

    def read_last(self, count: int) -> tuple[Exchange, ...]:
        """Return the last ones, oldest first."""

    @property
    def dropped(self) -> int:
        """The number of older exchanges that are no longer kept."""

    def subscribe(self, observer: Observer[Exchange], /) -> Callable[[], None]:
        """Call `observer` with each exchange from now on; return a function that ends this."""


@dataclass(frozen=True)
class Selection:
    """Some exchanges, which do not grow."""

    items: tuple[Exchange, ...]
    dropped: int = 0

    def read(self) -> tuple[Exchange, ...]:
        """Return all of them."""
        return self.items

    def read_last(self, count: int) -> tuple[Exchange, ...]:
        """Return the last ones; `count` is positive."""
        return self.items[-count:]


def items_at(source: RecordedSource | Selection, place: slice) -> tuple[Exchange, ...]:
    """Return the exchanges of a slice; of one such as `[-3:]` without making the others."""
    start, stop, step = place.start, place.stop, place.step
    if isinstance(start, int) and start < 0 and (stop, step) == (None, None):
        return source.read_last(-start)
    return source.read()[place]


def growth_of(source: RecordedSource | Selection) -> Subscribe[Exchange]:
    """Return the function that subscribes to new exchanges. TypeError for a selection."""
    __tracebackhide__ = True
    if isinstance(source, Selection):
        reason = "expected the requests of a registry, found a selection, which does not grow"
        raise TypeError(reason)
    return source.subscribe
