"""`RegistryCounter`: counts the requests of a test to all registries."""

import threading
from collections.abc import Callable, Hashable
from contextlib import ExitStack
from typing import Final
from weakref import WeakKeyDictionary

from fake_registry.journal.budget import ExchangeTally
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.recorder import Recorder
from pytest_acr.budgets.budgets import NUMBERS, BudgetNumbers
from pytest_acr.usage import Fake, known_fakes, observe_uses


class RegistryCounter:
    """Counts the exchanges of all registries in use, between `start` and `stop`, unless paused.

    Also those that a registry drops from its journal, or that a test makes it forget. Safe to use
    from threads.
    """

    def __init__(self) -> None:
        self._tally = ExchangeTally()
        self._open: Final = ExitStack()
        self._ends: WeakKeyDictionary[Fake, Callable[[], None]] = WeakKeyDictionary()
        """The registries that are counted, and the function that ends it. Weak: a test may make
        more of them than the memory has room for."""
        self._pauses: set[Hashable] = set()
        # two, because a registry holds a lock of its own while it reports an exchange or
        # accepts a subscriber
        self._watching: Final = threading.Lock()
        self._counting: Final = threading.Lock()

    def start(self) -> None:
        """Count from 0, the exchanges of each registry that is in use by now or later."""
        self.stop()
        with self._counting:
            self._tally = ExchangeTally()

        self._open.enter_context(observe_uses(self._watch))
        for fake in known_fakes():
            self._watch(fake)

    def stop(self) -> None:
        """End the counting. The numbers stay until the next start."""
        self._open.close()
        with self._watching:
            ends = list(self._ends.values())
            self._ends.clear()

        for end in ends:
            end()

    def pause(self, reason: Hashable) -> None:
        """Count nothing until `resume` is called with the same reason, and with all others."""
        with self._counting:
            self._pauses.add(reason)

    def resume(self, reason: Hashable) -> None:
        """End a pause, if there is one with this reason."""
        with self._counting:
            self._pauses.discard(reason)

    def numbers(self) -> BudgetNumbers:
        """Return the value of each of `NUMBERS`."""
        with self._counting:
            return {name: self._tally.numbers[name] for name in NUMBERS}

    def __str__(self) -> str:
        """Return a line for each endpoint, the most frequent first."""
        with self._counting:
            return str(self._tally)

    def _watch(self, fake: Fake) -> None:
        recorder = getattr(fake, "recorder", None)
        if not isinstance(recorder, Recorder):  # Entra's requests have no budget
            return

        with self._watching:
            if fake not in self._ends:
                self._ends[fake] = recorder.subscribe(self._count)

    def _count(self, exchange: Exchange) -> None:
        with self._counting:
            if not self._pauses:
                self._tally.count(exchange)
