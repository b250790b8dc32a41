"""`RecordedSource` and `Selection`: where exchanges are read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from fake_registry.journal.exchange import Exchange
from fake_registry.journal.recorder import Observer


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
