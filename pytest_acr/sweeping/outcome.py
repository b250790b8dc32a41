"""`SweptRun`: how a run with failures has ended."""

from dataclasses import dataclass
from enum import Enum
from typing import Final

PAIR: Final = " + "
"""Joins the ids of two failures of one run."""


class RunOutcome(Enum):
    """How a run has ended, with its letter in a table."""

    SURVIVED = ("survived", ".")
    """It passed, and the registry has the content that it has without faults."""
    FAILED = ("failed cleanly", "f")
    """It raised an exception that is expected, and left the content of some point of a good run."""
    BROKEN = ("broken", "B")
    """It raised another exception, left other content, or did not end. The `reason` says which."""
    IDLE = ("without effect", "-")
    """The effect could do nothing there, such as to cut an empty body."""
    NOT_REACHED = ("not reached", "?")
    """The call that was to fail did not come."""

    @property
    def text(self) -> str:
        """The outcome in words."""
        return self.value[0]

    @property
    def letter(self) -> str:
        """Stands for it in a table."""
        return self.value[1]


@dataclass(frozen=True, kw_only=True)
class SweptRun:
    """A run with one failure, or with two."""

    case: str
    """Such as `upload.chunk#2:Disconnect(after)`; two are joined with a plus sign."""
    outcome: RunOutcome
    reason: str = ""
    """Why it is broken, or not."""
    exchange: str = ""
    """The exchange that failed."""
    error: str = ""
    """The type and message of the exception."""
    line: str = ""
    """The last line of the user's code in its traceback."""
    report: str = ""
    """The failure at length, as pytest shows it."""
    accepted: bool = False
    """Whether it is broken and known."""

    @property
    def is_broken(self) -> bool:
        """Whether it is broken, and not accepted."""
        return self.outcome is RunOutcome.BROKEN and not self.accepted

    def __str__(self) -> str:
        """Return the case and the reason, then a line for each other fact."""
        facts = {"request": self.exchange, "error": self.error, "at": self.line}
        lines = [f"{name}: {value}" for name, value in facts.items() if value]
        return "\n".join([f"{self.case} is {self.outcome.text}: {self.reason}", *[f"  {one}" for one in lines]])
