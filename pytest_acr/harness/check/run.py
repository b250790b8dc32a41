"""`run_check`: tests a registry, and removes the content that it has pushed."""

import secrets
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from fake_registry.spec.redaction import redact_text
from fake_registry.spec.text import printable
from fake_registry.version import package_version
from pytest_acr.harness.capabilities import Capabilities
from pytest_acr.harness.check.cleanup import clean_up
from pytest_acr.harness.check.concurrent_check import check_concurrency
from pytest_acr.harness.check.essential_exchanges import leave_out_reads
from pytest_acr.harness.check.finding_texts import texts_of
from pytest_acr.harness.check.options import CheckOptions
from pytest_acr.harness.check.progress import CheckProgress
from pytest_acr.harness.check.result import (
    CheckResult,
    FindingTexts,
    PropertyOutcome,
    RunEnd,
    Verdict,
)
from pytest_acr.harness.check.run_content import RunContent
from pytest_acr.harness.check.watched_target import TimedTarget, WatchedTarget
from pytest_acr.harness.concurrency.setup import SetupRefused
from pytest_acr.harness.findings import Finding, Findings
from pytest_acr.harness.messages import RegistryGone, RegistryTarget, TargetFailed
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.preflight import CheckRefused, check_reachable, refusal_of_push
from pytest_acr.harness.probe import probe
from pytest_acr.harness.properties import Area, Property
from pytest_acr.harness.properties.concurrency import LINEARIZABLE
from pytest_acr.harness.properties.table import AREAS, PROPERTIES, ids_outside, selection_of
from pytest_acr.harness.search import search
from pytest_acr.harness.steps.step import Step
from pytest_acr.harness.steps.table import STEPS
from pytest_acr.harness.time_budget import TimeBudget, TimeIsUp

_BEFORE_PROBING: Final = Capabilities(delete_blobs=True, delete_manifests=True, delete_tags=True)
"""For the clean-up of a run that ends while it finds out what the registry offers."""


@dataclass
class CheckRun:
    """One run: `begin`, `findings`, `clean_up` and `result`, in this order."""

    options: CheckOptions
    target: RegistryTarget
    progress: CheckProgress
    new_target: Callable[[], RegistryTarget] | None = None
    """Makes more targets of the registry; without it the area concurrency is not checked."""
    clock: Callable[[], float] = time.monotonic
    capabilities: Capabilities = _BEFORE_PROBING
    end: RunEnd = "complete"
    failure: str = ""
    """Why the run ended early, if neither its time was over nor Ctrl-C pressed."""

    def __post_init__(self) -> None:
        self._started = self.clock()
        self._budget = TimeBudget(self.options.max_seconds, clock=self.clock)
        self._state = Findings(ids_outside(self.options.areas), collect=True)
        self._prefix = f"{self.options.repository}/{secrets.token_hex(4)}"
        self._pushed = RunContent(self._prefix)
        self._found: list[FindingTexts] = []
        self._noted = 0
        self._leftovers = ""
        self._watched = WatchedTarget(
            self.target,
            budget=self._budget,
            pushed=self._pushed,
        )

    def begin(self) -> None:
        """Find out what the registry offers. CheckRefused, also if it takes no push."""
        try:
            check_reachable(self._watched)
            found = probe(self._watched, self._prefix)
        except TargetFailed as error:
            raise CheckRefused(str(error)) from None
        except TimeIsUp:
            problem = "expected time for an example, found it over before the first"
            raise CheckRefused(f"{problem}: give a longer --max-time") from None
        except CheckRefused:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a server answers, this is one sentence
            raise CheckRefused(_describe_bug(error)) from None

        if not found.push:
            raise refusal_of_push(f"{self._prefix}/probe")
        self.capabilities = found

    def findings(self) -> Iterator[FindingTexts]:
        """Yield each broken property once. Ctrl-C ends it with the findings until then."""
        try:
            for finding in self._search():
                yield self._keep(finding)
            yield from self._check_concurrency()
        except KeyboardInterrupt:
            self.end = "interrupted"
        except RegistryGone as error:
            self.end, self.failure = "registry gone", str(error)
        except Exception as error:  # noqa: BLE001 - a bug of ours must not hide findings
            self.end, self.failure = "error", _describe_bug(error)

        for finding in self._state.all_findings():
            if not self._has(finding.property):
                yield self._keep(finding)  # as long as it was when the run ended

        if self.end == "complete" and self._budget.has_cut_short:
            self.end = "time limit"
        self.progress.close()

    def _search(self) -> Iterator[Finding]:
        """Return the findings of the state machine, which has nothing to do with concurrency."""
        options = self.options
        if options.areas == {LINEARIZABLE.area}:
            return iter(())

        plan = MachinePlan(
            self._next_target,
            options.dialect,
            steps_of(options.areas),
            findings=self._state,
            prefix=self._prefix,
            capabilities=self.capabilities,
        )
        return search(
            plan,
            seed_number=options.seed,
            examples=options.examples,
            budget=self._budget,
        )

    def _check_concurrency(self) -> Iterator[FindingTexts]:
        is_selected = LINEARIZABLE.area in self.options.areas
        new_target = self.new_target
        if new_target is None or self._budget.has_cut_short or not is_selected:
            return

        try:
            found = check_concurrency(
                self.options,
                lambda: TimedTarget(new_target(), budget=self._budget, pushed=self._pushed),
                f"{self._prefix}/concurrent",
            )
        except (SetupRefused, TargetFailed):
            self._budget.has_cut_short |= self._budget.is_over()
            return  # it is not checked

        self._state.checks[LINEARIZABLE.id] += 1
        if found is not None:
            self._found.append(found)
            yield found

    def clean_up(self) -> None:
        """Remove the content of the run, in a fifth of the time of the run, and at least 30 seconds."""
        if self.options.keeps_content:
            return

        end = self.clock() + max(30.0, (self.options.max_seconds or 0.0) / 5)
        left = clean_up(
            self.target,
            self._pushed,
            self.capabilities,
            is_over=lambda: self.clock() > end,
        )
        self._leftovers = str(left)

    def result(self) -> CheckResult:
        """Return what the reports show."""
        options = self.options
        return CheckResult(
            version=package_version(),
            registry=options.registry,
            dialect=options.dialect.name,
            seed=options.seed,
            examples=options.examples,
            areas=selection_of(options.areas),
            not_offered=self.capabilities.absent(),
            outcomes=tuple(self._outcomes()),
            findings=tuple(self._found),
            end=self.end,
            requests=self._watched.requests,
            seconds=self.clock() - self._started,
            leftovers=self._leftovers,
            failure=printable(redact_text(self.failure)),
        )

    def _next_target(self) -> RegistryTarget:
        """Return the target of an example, and report the findings of those before it."""
        self._note_findings()
        self.progress.note_example()
        return self._watched

    def _note_findings(self) -> None:
        for finding in self._state.all_findings()[self._noted :]:
            self._noted += 1
            self.progress.note_finding(finding)

    def _keep(self, finding: Finding) -> FindingTexts:
        self._note_findings()
        texts = texts_of(self._without_reads(finding), self.options)
        self._found.append(texts)
        return texts

    def _without_reads(self, finding: Finding) -> Finding:
        if self.end != "complete":
            return finding

        base = f"{self._prefix}/found{len(self._found)}"
        try:
            return leave_out_reads(finding, self._watched, base)
        except TimeIsUp:
            return finding

    def _has(self, wanted: Property) -> bool:
        return any(finding.property.id == wanted.id for finding in self._found)

    def _outcomes(self) -> Iterator[PropertyOutcome]:
        """Yield one for each property, and for each exact status that is broken."""
        for wanted in PROPERTIES:
            if wanted.area not in AREAS:
                continue
            exact = wanted.with_exact_status()
            yield self._outcome_of(wanted)
            if exact != wanted and self._has(exact):
                yield self._outcome_of(exact)

    def _outcome_of(self, wanted: Property) -> PropertyOutcome:
        ids = {wanted.id, wanted.with_exact_status().id}
        checks = sum(self._state.checks[each] for each in ids)
        return PropertyOutcome(property=wanted, verdict=self._verdict_of(wanted, checks), checks=checks)

    def _verdict_of(self, wanted: Property, checks: int) -> Verdict:
        if wanted.area not in self.options.areas:
            return "not selected"

        if self._has(wanted):
            return "broken"

        # what holds for each response is not counted
        return "holds" if checks or wanted.area == "protocol" else "not checked"


def _describe_bug(error: Exception) -> str:
    """Return a sentence with the place of an error in this package."""
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]

    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}:{place.lineno}"
    return f"an error of registry-check itself, {type(error).__name__} at {where}: {error}"


def steps_of(areas: frozenset[Area]) -> tuple[Step, ...]:
    """Return the steps of some areas, or all steps where these areas have none of their own."""
    return tuple(step for step in STEPS if step.area in areas) or STEPS


def run_check(
    options: CheckOptions,
    target: RegistryTarget,
    progress: CheckProgress,
    show: Callable[[FindingTexts, int], None],
    new_target: Callable[[], RegistryTarget] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> CheckResult:
    """Test a registry, and `show` each finding with its number when it is found. CheckRefused.

    `new_target` makes more targets of the registry, for the area concurrency.
    """
    run = CheckRun(options, target, progress, new_target, clock)
    try:
        run.begin()
        for number, finding in enumerate(run.findings(), start=1):
            show(finding, number)
    finally:
        run.clean_up()
    return run.result()
