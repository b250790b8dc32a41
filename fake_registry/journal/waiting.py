"""`ExchangeWait`: waits for an exchange that meets criteria, in a thread, in a task of asyncio or trio,
or in steps.

Nothing is added to requests while nothing waits.
"""

import sys
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import Any, Final

from fake_registry.arguments import check_type
from fake_registry.journal.criteria import check_of
from fake_registry.journal.exchange import Exchange
from fake_registry.journal.reading import Reading, found_text
from fake_registry.journal.recorder import Subscribe
from fake_registry.journal.text import criteria_text

_PAUSE: Final = 0.005
"""The seconds between two looks of an async wait."""
_STEP: Final = 0.02
"""The seconds between two looks of a caller that waits itself."""

WaitSteps = Generator[float, None, Exchange]
"""Yields seconds to wait, and returns the exchange."""

ReadExchanges = Callable[[], Sequence[Exchange]]


class ExchangeWait:
    """Finds the first exchange that meets criteria, among those that are there and those to come.

    A failure is an AssertionError. The code under test cannot take it for a time-out of its own, as
    it could a TimeoutError, which is an OSError.
    """

    def __init__(self, timeout: float, after: int | None, criteria: Mapping[str, object]) -> None:
        __tracebackhide__ = True
        _check_timeout(timeout)
        check_type("after", after, int | None)

        self._timeout = timeout
        self._after = after
        self._criteria = criteria
        self._check = check_of(criteria)
        self._earlier: Exchange | None = None
        """The exchange, if it was there already."""
        self._recorded: Exchange | None = None
        """The first one that was recorded since."""
        self._has_numbers = False
        """Whether there was an exchange already: the next number 0 is that of a cleared journal."""
        self._event = threading.Event()
        """Set once there is one."""

    def block(self, read: ReadExchanges, subscribe: Subscribe[Exchange]) -> Exchange:
        """Return the exchange; the calling thread waits."""
        __tracebackhide__ = True
        with self._watch(read, subscribe):
            self._event.wait(self._timeout)

        advice = " in an event loop (await wait_for_async instead)" if _runs_in_loop() else ""
        return self._result(read, advice)

    async def suspend(self, read: ReadExchanges, subscribe: Subscribe[Exchange]) -> Exchange:
        """Return the exchange; the calling task waits."""
        __tracebackhide__ = True
        with self._watch(read, subscribe):
            for seconds in self._pauses(_PAUSE):
                await _sleep(seconds)

        return self._result(read)

    def in_steps(
        self,
        read: ReadExchanges,
        subscribe: Subscribe[Exchange],
    ) -> WaitSteps:
        """Return the exchange; yield the seconds that the caller is to wait, again and again.

        A caller that waits no longer closes the generator.
        """
        with self._watch(read, subscribe):
            yield from self._pauses(_STEP)

        return self._result(read)

    def _pauses(self, step: float) -> Iterator[float]:
        """Yield the seconds to the next look, until there is an exchange or the time is over."""
        deadline = monotonic() + self._timeout
        while not self._event.is_set() and (left := deadline - monotonic()) > 0:
            yield min(left, step)

    @contextmanager
    def _watch(self, read: ReadExchanges, subscribe: Subscribe[Exchange]) -> Iterator[None]:
        """Look at the exchanges that are there, and at new ones until the end of the block."""
        self._has_numbers = self._after is not None and len(read()) > 0
        end = subscribe(self._see)
        try:
            self._earlier = next(filter(self._meets, read()), None)
            if self._earlier is not None:
                self._event.set()
            yield
        finally:
            end()

    def _see(self, exchange: Exchange) -> None:
        if exchange.number == 0 and self._has_numbers:
            self._after = None  # the requests were forgotten since, and all others come later

        self._has_numbers = True
        if self._recorded is None and self._meets(exchange):
            self._recorded = exchange
            self._event.set()

    def _meets(self, exchange: Exchange) -> bool:
        is_later = self._after is None or exchange.number > self._after
        return is_later and self._check(exchange)

    def _result(self, read: ReadExchanges, advice: str = "") -> Exchange:
        __tracebackhide__ = True
        found = self._earlier or self._recorded
        if found is not None:
            return found

        later = "" if self._after is None else f" after #{self._after}"
        wanted = f"an exchange{criteria_text(self._criteria)}{later}"
        waited = f"waited {self._timeout:g} seconds{advice} for {wanted}"
        raise AssertionError(f"{waited}, {found_text('none', Reading(read(), 0))}")


def _check_timeout(timeout: float) -> None:
    __tracebackhide__ = True
    check_type("timeout", timeout, float)
    if not 0 <= timeout <= threading.TIMEOUT_MAX:
        raise ValueError(f"timeout: expected seconds, 0 or more, found {timeout}")


def _sleep(seconds: float) -> Awaitable[None]:
    """Return what a task awaits to sleep in real time, in the library that runs it.

    Neither library is imported for programs without it: one that runs under trio has imported it.
    """
    if _runs_in_trio():
        sleeping: Awaitable[None] = _trio_module().sleep(seconds)
        return sleeping

    import asyncio

    return asyncio.sleep(seconds)


def _runs_in_loop() -> bool:
    """Return whether the calling thread runs tasks of asyncio or trio, which wait meanwhile."""
    if _runs_in_trio():
        return True

    asyncio = sys.modules.get("asyncio")
    if asyncio is None:
        return False
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _runs_in_trio() -> bool:
    return "trio" in sys.modules and _trio_module().lowlevel.in_trio_task()


def _trio_module() -> Any:  # Any: a module that need not be installed
    return sys.modules["trio"]
