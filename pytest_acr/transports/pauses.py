"""Pauses in a response, as a client meets them: it waits, or its read timeout ends first."""

import math
from typing import Final, NamedTuple

from fake_registry.clock import Clock, ManualClock
from fake_registry.wsgi import Pause

LONGEST_SLEEP_SECONDS: Final = 3_600.0
"""The longest real wait of a client without a read timeout. A longer one is taken for a hang."""


class ReadTimedOut(Exception):
    """The client's read timeout ended before the next byte of the response was due."""

    def __init__(self, read_timeout: float, reason: str) -> None:
        super().__init__(read_timeout, reason)  # copies and pickles are made from these
        self.read_timeout = read_timeout
        self.reason = reason

    def __str__(self) -> str:
        cause = f": {self.reason}" if self.reason else ""
        return f"Read timed out. (read timeout={self.read_timeout:g}){cause}"


class EndlessPause(Exception):
    """The next byte of a response never comes, or much too late, and the client has no read timeout."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)  # copies and pickles are made from it
        self.reason = reason

    def __str__(self) -> str:
        cause = self.reason or "no reason given"
        return f"the response never comes, and the request has no read timeout: {cause}"


class Patience(NamedTuple):
    """How a client waits for a response: on which clock, and for how long between two bytes."""

    clock: Clock
    read_timeout: float = math.inf
    """In seconds, infinite for a client without one."""


class Silence:
    """A time in which no byte arrives: it adds up consecutive pauses until the read timeout."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._left = patience.read_timeout

    def seconds_of(self, pause: Pause) -> float:
        """Return how many seconds to wait for `pause`.

        Raises `ReadTimedOut`, without a wait, if the client's timeout ends before the pause does. A
        `ManualClock` has then moved to the moment of the timeout. Raises `EndlessPause` for a pause
        without a timeout that is infinite, or longer than the clock can wait: see
        `LONGEST_SLEEP_SECONDS`.
        """
        if pause.seconds > self._left:
            self._run_out()
            raise ReadTimedOut(self._patience.read_timeout, pause.reason)
        if pause.seconds > self._longest_wait():
            raise EndlessPause(pause.reason)

        self._left -= pause.seconds
        return pause.seconds

    def _longest_wait(self) -> float:
        clock = self._patience.clock
        return clock.seconds_left if isinstance(clock, ManualClock) else LONGEST_SLEEP_SECONDS

    def _run_out(self) -> None:
        clock = self._patience.clock
        if isinstance(clock, ManualClock):
            clock.advance(min(self._left, clock.seconds_left))
