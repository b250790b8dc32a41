"""`run_sweep`: runs code once without faults, then once for each failure of each of its calls."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fake_registry import FakeRegistry
from pytest_acr.sweeping.cases import (
    ChosenCases,
    choose_cases,
    choose_pairs,
    fault_named,
    names_in,
    recovery_calls,
)
from pytest_acr.sweeping.good_run import SweepImpossible, find_good_run
from pytest_acr.sweeping.judgement import judge
from pytest_acr.sweeping.options import SweepOptions
from pytest_acr.sweeping.outcome import RunOutcome, SweptRun
from pytest_acr.sweeping.record import EndedRun, RunRecord, SweepCase
from pytest_acr.sweeping.report import SweepReport
from pytest_acr.sweeping.run_failure import RunFailure, RunOnce, failure_of
from pytest_acr.sweeping.stopping import RunStopped, RunStopper
from pytest_acr.sweeping.waits import waits_on_clocks
from pytest_acr.sweeping.watching import RunWatch
from pytest_acr.usage import known_fakes, request_total, usage_of_test

if TYPE_CHECKING:
    from fake_registry import Snapshot
    from fake_registry.http.faults.sweep import SweptCall, SweptFault

_MOST_REQUESTS: Final = 20
"""How many times the requests of the good run another run may make."""

_MOST_REQUESTS_OF_A_GOOD_RUN: Final = 100_000


OnRun = Callable[[SweptRun], object]
"""Is called with each run that has ended, while the sweep goes on."""

_TURN: Final = threading.RLock()
"""Held by the thread that sweeps. A run of a sweep may contain another sweep."""


def run_sweep(
    run_once: RunOnce,
    options: SweepOptions,
    *,
    on_run: OnRun | None = None,
) -> SweepReport:
    """Return the report of a sweep of `run_once`, which makes its registries anew in each run.

    Raises SweepImpossible, with the reason, where a sweep would mean nothing.
    """
    if not _TURN.acquire(blocking=False):
        found = "found one in another thread: each would strike the registries of the other"
        raise SweepImpossible(f"expected one sweep at a time, {found}")

    try:
        return _Sweep(run_once, options, on_run).run()
    finally:
        _TURN.release()


class _Sweep:
    """The state of a sweep."""

    def __init__(self, run_once: RunOnce, options: SweepOptions, on_run: OnRun | None) -> None:
        self._run_once = run_once
        self._options = options
        self._on_run = on_run
        self._good_requests: int | None = None
        """Those of a good run; None until there is one."""
        self._older: dict[str, FakeRegistry] = {}
        """The registries that are older than the runs, and used by them."""
        self._snapshots: dict[str, Snapshot] = {}
        self._struck_older: dict[str, None] = {}
        self._recoveries: dict[SweptFault, Sequence[SweptCall]] = {}
        """Those of the single failures that broke nothing: a pair shows no more of the others."""

    def run(self) -> SweepReport:
        good = find_good_run(self._run_well)
        self._good_requests = good.requests

        cases = self._first_cases(good)
        runs = self._try_all(cases.tried, good)

        if self._leads_to_pairs(runs):
            pairs = choose_pairs(good.calls, self._recoveries, self._options)
            cases = cases.followed_by(pairs)
            runs += self._try_all(pairs.tried, good)

        return SweepReport(
            calls=cases.calls,
            effects=tuple([effect.name for effect in self._options.effects]),
            runs=tuple(runs),
            possible=cases.possible,
            seed=self._options.seed,
            ended_early=len(runs) < len(cases.tried),
            notes=tuple(self._notes()),
        )

    def _first_cases(self, good: RunRecord) -> ChosenCases:
        """Return the single failures; the only case, if one was chosen."""
        if self._options.only is None:
            return choose_cases(good.calls, self._options)

        name, *others = names_in(self._options.only)
        first = fault_named(name, good.calls, self._options)
        calls = good.calls
        if others:
            self._try((first,), good)
            calls = [*calls, *self._recoveries.get(first, ())]

        case = (first, *[fault_named(other, calls, self._options) for other in others])
        return ChosenCases([case], 1, tuple([str(fault.call) for fault in case]))

    def _leads_to_pairs(self, runs: Sequence[SweptRun]) -> bool:
        """Return whether pairs are tried after these runs."""
        has_ended = self._options.ends_at_first and any(run.is_broken for run in runs)
        return self._options.depth > 1 and self._options.only is None and not has_ended

    def _try_all(self, cases: Sequence[SweepCase], good: RunRecord) -> list[SweptRun]:
        runs = []
        for case in cases:
            run = self._try(case, good)
            runs.append(run)
            if self._on_run is not None:
                self._on_run(run)
            if run.is_broken and self._options.ends_at_first:
                break
        return runs

    def _try(self, case: SweepCase, good: RunRecord) -> SweptRun:
        ended = self._watch_run(case)
        self._struck_older |= dict.fromkeys(ended.record.older)
        run = judge(ended, good, self._options.expect)

        if len(case) == 1 and run.outcome is not RunOutcome.BROKEN:
            self._recoveries[case[0]] = recovery_calls(case[0], ended.record.calls, good.calls)
        return replace(run, accepted=run.is_broken and run.case in self._options.accepted)

    def _run_well(self) -> EndedRun:
        """Run without faults. Registries of wider scope become known: they get requests."""
        registries = [fake for fake in known_fakes() if isinstance(fake, FakeRegistry)]
        before = {registry: (request_total(registry), registry.snapshot()) for registry in registries}
        ended = self._watch_run((), keeps_points=True)

        known = self._older.values()
        for registry, (total, snapshot) in before.items():
            if request_total(registry) != total and registry not in known:
                key = f"older {len(self._older) + 1}"
                self._older[key] = registry
                self._snapshots[key] = snapshot
        return ended

    def _watch_run(self, case: SweepCase, *, keeps_points: bool = False) -> EndedRun:
        for key, registry in self._older.items():
            registry.restore(self._snapshots[key])

        stopper = RunStopper(self._options.seconds)
        watch = RunWatch(
            case,
            older=self._older,
            on_request=lambda count: self._check_count(count, stopper),
            keeps_points=keeps_points,
        )
        failure: RunFailure | None = None
        try:
            # a scope of its own: the registries of a run are not kept for the report of a test
            with usage_of_test("sweep"), watch, waits_on_clocks(watch.clocks), stopper.watching():
                failure = self._run_once()
        except RunStopped as error:
            if stopper.reason is None:  # it ends the sweep that sweeps this one
                raise
            failure = failure_of(error)
        if failure is not None and stopper.reason is not None:
            failure = replace(failure, text="", line=stopper.line or failure.line)

        record = watch.record()
        watch.forget()
        return EndedRun(case=case, record=record, failure=failure, stopped=stopper.reason)

    def _check_count(self, count: int, stopper: RunStopper) -> None:
        good = self._good_requests
        most = _MOST_REQUESTS_OF_A_GOOD_RUN if good is None else _MOST_REQUESTS * good
        if count > most:
            comparison = "" if good is None else f"; the run without faults makes {good}"
            stopper.stop(f"it made more than {most} requests{comparison}")

    def _notes(self) -> list[str]:
        if not self._struck_older:
            return []
        names = ", ".join(self._struck_older)
        return [f"{names} is of a wider scope than the test: all runs share it and its clients"]
