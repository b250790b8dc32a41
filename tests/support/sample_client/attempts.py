"""Attempts of the sample client: how often, and with which pauses."""

from collections.abc import Callable
from typing import Final, TypeVar

from tests.support.sample_client.errors import SampleInterruption

T = TypeVar("T")

PAUSES: Final = (1.0, 2.0, 4.0)
"""The seconds before the second attempt, and before those that follow."""


def ask_nothing() -> None:
    """Know nothing of the outcome, for calls that may be done twice."""


class SampleAttempts:
    """Repeats what was interrupted. `sleep` is given a number of seconds."""

    def __init__(self, sleep: Callable[[float], None]) -> None:
        self.sleep = sleep

    def repeat(self, once: Callable[[], T], outcome: Callable[[], T | None] = ask_nothing) -> T:
        """Return the result of `once`, or the one that `outcome` finds after an interruption.

        SampleInterruption after the last attempt.
        """
        for pause in PAUSES:
            try:
                return once()
            except SampleInterruption:
                self.pause(pause)

            found = outcome()
            if found is not None:
                return found

        return once()

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        self.sleep(seconds)
