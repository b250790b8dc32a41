"""`TimeBudget`: the time of a search, which ends in the middle of an example."""

import time
from collections.abc import Callable
from typing import Final

SEARCH_SHARE: Final = 0.75
"""The part of the time for the search. The rest is for making findings shorter."""


class TimeIsUp(BaseException):
    """The time of a search, or of making one finding shorter, is over.

    Not an Exception: Hypothesis lets it pass, as it does KeyboardInterrupt.
    """


class TimeBudget:
    """The seconds that a search may take; without `seconds` there is no limit."""

    def __init__(
        self,
        seconds: float | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        now = clock()
        self._end = float("inf") if seconds is None else now + seconds
        self._end_of_part = float("inf") if seconds is None else now + SEARCH_SHARE * seconds
        self.has_cut_short = False
        """Whether the search was ended by the time."""

    def allot_share(self, parts: int) -> None:
        """Allow the next finding one of so many equal parts of the time that is left."""
        now = self._clock()
        self._end_of_part = now + (self._end - now) / parts

    def is_over(self) -> bool:
        """Return whether all of the time is over."""
        return self._clock() >= self._end

    def check(self) -> None:
        """Raise TimeIsUp after the end of the search, or of the present finding."""
        if self._clock() >= self._end_of_part:
            raise TimeIsUp
