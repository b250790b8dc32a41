"""`SweepReport`: all runs of a sweep, as a table, as JSON, or as an error."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from fake_registry.spec.words import count_text
from pytest_acr.sweeping.outcome import PAIR, RunOutcome, SweptRun
from pytest_acr.sweeping.table import table_text

_MOST_SHOWN: Final = 20
"""The most broken runs in the message of an error."""


@dataclass(frozen=True, kw_only=True)
class SweepRow:
    """A call, and the outcome of each run in which it failed, by effect."""

    call: str
    outcomes: Mapping[str, RunOutcome]


@dataclass(frozen=True, kw_only=True)
class SweepReport:
    """The result of a sweep."""

    calls: tuple[str, ...]
    """The calls that may fail, in their order: `upload.chunk#2`."""
    effects: tuple[str, ...]
    """The effects, by the names of the table's columns."""
    runs: tuple[SweptRun, ...]
    possible: int
    """The number of cases; more than there are runs if the limit was lower."""
    seed: int
    ended_early: bool = False
    """Whether the sweep ended at the first broken run."""
    notes: tuple[str, ...] = ()
    """What a reader should know of the sweep, such as fixtures that the runs share."""

    @property
    def rows(self) -> tuple[SweepRow, ...]:
        """The table of single failures, a row for each call."""
        by_case = {run.case: run.outcome for run in self.runs}
        return tuple([self._row_of(call, by_case) for call in self.calls])

    @property
    def broken(self) -> tuple[SweptRun, ...]:
        """The runs that are broken and not accepted."""
        return tuple([run for run in self.runs if run.is_broken])

    @property
    def survived(self) -> tuple[SweptRun, ...]:
        """The runs that passed."""
        return tuple([run for run in self.runs if run.outcome is RunOutcome.SURVIVED])

    @property
    def failed_cleanly(self) -> tuple[SweptRun, ...]:
        """The runs that raised an expected exception, and left the content of a good run."""
        return tuple([run for run in self.runs if run.outcome is RunOutcome.FAILED])

    @property
    def summary(self) -> str:
        """The numbers of calls, runs and outcomes, in one line."""
        runs = count_text(len(self.runs), "run")
        return f"{count_text(len(self.calls), 'call')}, {runs}: {_counts_of(self.runs)}"

    def table(self) -> str:
        """Return a row for each call and a column for each effect, with a letter for each run."""
        rows = {row.call: {name: one.letter for name, one in row.outcomes.items()} for row in self.rows}
        has_letters = any(rows.values())
        lines = [self.summary, *([table_text(rows, self.effects)] if has_letters else [])]
        tried = f"{len(self.runs)} of {self.possible}"
        if self.ended_early:
            lines.append(f"it ended at the first broken run, after {tried}")
        elif self.possible > len(self.runs):
            lines.append(f"{tried} cases were tried, drawn with seed {self.seed}")

        pairs = [run for run in self.runs if PAIR in run.case]
        if pairs:
            lines.append(f"pairs of failures, which have no row: {_counts_of(pairs)}")
        return "\n".join([*lines, *self.notes])

    def raise_if_broken(self) -> None:
        """Raise AssertionError, with each broken run, if there are any."""
        __tracebackhide__ = True
        if not self.broken:
            return

        shown = [str(run) for run in self.broken[:_MOST_SHOWN]]
        left = len(self.broken) - len(shown)
        more = [f"... {left} more"] if left else []
        raise AssertionError("\n".join([self.table(), *shown, *more]))

    def to_json(self) -> dict[str, Any]:  # Any: of JSON
        """Return the report as JSON values; `from_json` reads them."""
        document = asdict(self)
        document["runs"] = [{**asdict(run), "outcome": run.outcome.text} for run in self.runs]
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:  # Any: of JSON
        """Return the report that `to_json` has written."""
        outcomes = {one.text: one for one in RunOutcome}
        runs = [SweptRun(**{**run, "outcome": outcomes[run["outcome"]]}) for run in document["runs"]]
        lists = {name: tuple(document[name]) for name in ("calls", "effects", "notes")}
        return cls(**{**document, **lists, "runs": tuple(runs)})

    def _row_of(self, call: str, by_case: Mapping[str, RunOutcome]) -> SweepRow:
        cases = {name: f"{call}:{name}" for name in self.effects}
        outcomes = {name: by_case[case] for name, case in cases.items() if case in by_case}
        return SweepRow(call=call, outcomes=outcomes)


def _counts_of(runs: Sequence[SweptRun]) -> str:
    """Return how many runs have each outcome: `3 survived, 2 broken (1 accepted)`."""
    outcomes = [run.outcome for run in runs]
    accepted = sum(run.accepted for run in runs)
    known = {RunOutcome.BROKEN: f" ({accepted} accepted)"} if accepted else {}
    counts = [f"{outcomes.count(one)} {one.text}{known.get(one, '')}" for one in RunOutcome if one in outcomes]
    return ", ".join(counts)
