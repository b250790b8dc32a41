"""`hunt`: plants a bug, runs the part of the harness that must find it, and counts the effort."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Final, NoReturn

import pytest

from fake_registry import FakeRegistry, Settings
from pytest_acr.harness import Dialect, check_linearizable
from pytest_acr.harness.findings import Finding, Findings
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.search import run_machine
from tests.support.planted.bug import Part, PlantedBug

EXAMPLES: Final = 200
"""The examples within which a bug should be found."""

RUNS_OF_THREADS: Final = 20
"""The runs of threads within which a race should be found. One has 480 requests."""


@dataclass(frozen=True)
class HuntOutcome:
    """The effort of a hunt."""

    found: str | None
    """The id of the property that the bug breaks; None if it was not found."""
    examples: int
    """The examples until then, or all of them."""
    cpu_seconds: float


class BugFound(BaseException):
    """Ends a hunt at the first finding. Hypothesis makes no example simpler for it."""

    def __init__(self, property_id: str) -> None:
        super().__init__(property_id)
        self.property_id = property_id


class FirstFinding(Findings):
    """Findings that end the run at the first one."""

    def report(self, finding: Finding) -> NoReturn:
        raise BugFound(finding.property.id)


def hunt(bug: PlantedBug, seed: int, *, examples: int = EXAMPLES) -> HuntOutcome:
    """Plant a bug and run its part of the harness, until it finds the bug."""
    numbers = count()
    before = cpu_seconds()
    found = None

    with pytest.MonkeyPatch.context() as monkeypatch:
        bug.plant(monkeypatch)
        try:
            HUNTERS[bug.part](bug, seed, examples, numbers)
        except BugFound as ended:
            found = ended.property_id
    return HuntOutcome(found, next(numbers), cpu_seconds() - before)


def cpu_seconds() -> float:
    """Return the CPU time of this process so far."""
    times = os.times()
    return times.user + times.system


def run_the_machine(bug: PlantedBug, seed: int, examples: int, numbers: "count[int]") -> None:
    """Run the machine of the profile. It takes a number for each example."""
    settings = Settings(profile=bug.profile, **{"auth": "off", **bug.settings})

    def new_app() -> object:
        next(numbers)
        return FakeRegistry(settings).wsgi_app

    dialect = Dialect.like("acr") if bug.profile == "acr" else Dialect()
    plan = MachinePlan(new_app, dialect, findings=FirstFinding())  # type: ignore[arg-type]
    run_machine(plan, seed_number=seed, examples=examples)


def run_threads(bug: PlantedBug, seed: int, examples: int, numbers: "count[int]") -> None:
    """Check concurrent requests of 16 threads, again and again. It takes a number for each run."""
    settings = Settings(profile=bug.profile, **{"auth": "off", **bug.settings})
    for run in range(min(examples, RUNS_OF_THREADS)):
        next(numbers)
        try:
            check_linearizable(FakeRegistry(settings).wsgi_app, seed=RUNS_OF_THREADS * seed + run)
        except AssertionError:
            raise BugFound("linearizable") from None


HUNTERS: Final[Mapping[Part, Callable[[PlantedBug, int, int, "count[int]"], None]]] = {
    "machine": run_the_machine,
    "linearizability": run_threads,
}
"""How each part of the harness looks for a bug."""
