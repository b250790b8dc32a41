"""Pauses in a response, as a client meets them: it waits, or its read timeout ends first."""

import math
from dataclasses import dataclass

from fake_registry.clock import Clock, ManualClock
from fake_registry.wsgi import Pause


class ReadTimedOut(Exception):
    """The client's read timeout ended before the next byte of the response was due."""

    def __init__(self, read_timeout: float, reason: str) -> None:
        cause = f": {reason}" if reason else ""
        super().__init__(f"Read timed out. (read timeout={read_timeout:g}){cause}")


class EndlessPause(Exception):
    """The next byte of a response never comes, and the client has no read timeout."""

    def __init__(self, reason: str) -> None:
        cause = reason or "no reason given"
        super().__init__(f"the response never comes, and the request has no read timeout: {cause}")


@dataclass(frozen=True, slots=True)
class Patience:
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
        `ManualClock` has then moved to the moment of the timeout. Raises `EndlessPause` for an
        infinite pause without a timeout.
        """
        if pause.seconds > self._left:
            self._run_out()
            raise ReadTimedOut(self._patience.read_timeout, pause.reason)
        if math.isinf(pause.seconds):
            raise EndlessPause(pause.reason)

        self._left -= pause.seconds
        return pause.seconds

    def _run_out(self) -> None:
        if isinstance(self._patience.clock, ManualClock):
            self._patience.clock.advance(self._left)
