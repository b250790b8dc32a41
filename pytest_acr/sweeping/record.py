"""`RunRecord`: what a run did at its registries, and `EndedRun`: that and how it has ended."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fake_registry.http.faults.sweep import SweptCall, SweptFault
from fake_registry.journal.exchange import Exchange
from pytest_acr.sweeping.run_failure import RunFailure
from pytest_acr.sweeping.states import ContentState

SweepCase = tuple[SweptFault, ...]
"""One failure, or two; empty for a run without."""

JointState = Mapping[str, ContentState]
"""The content of all registries of a run at one time, by their keys."""


@dataclass(frozen=True, kw_only=True)
class RunRecord:
    """What a run did at its registries."""

    calls: Sequence[SweptCall]
    exchanges: Mapping[str, Sequence[Exchange]]
    """Those of each registry, by its key."""
    end: JointState
    points: Sequence[JointState]
    """The content before and after each call that may change it, and at the end."""
    requests: int
    """The number of requests, also of those without a token."""
    hits: Sequence[int]
    """How often each fault of the case struck."""
    idle_hits: Sequence[int]
    """How often each fault struck without effect."""
    idle_reason: str
    older: Sequence[str]
    """The names of registries that are older than the run and were struck."""

    @property
    def signature(self) -> Sequence[tuple[str, str, str]]:
        """The registry, the call and the answer of each exchange, the same in each good run."""
        return [
            (key, f"{one.method} {one.endpoint or one.path}", one.outcome)
            for key, exchanges in self.exchanges.items()
            for one in exchanges
        ]


@dataclass(frozen=True, kw_only=True)
class EndedRun:
    """A run that has ended."""

    case: SweepCase
    record: RunRecord
    failure: RunFailure | None
    """None if it has passed."""
    stopped: str | None
    """Why it was stopped; None if it was not."""
