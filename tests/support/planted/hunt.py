"""`hunt`: plants a bug, runs the part of the harness that must find it, and counts the effort."""

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final, NoReturn
from wsgiref.types import WSGIApplication

import pytest

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.control import ControlApp
from fake_registry.spec.errors import ManifestInvalid, RangeUnsatisfiable
from fake_registry.wire.ranges import parse_range
from pytest_acr.harness import (
    Dialect,
    assert_manifest_codec,
    assert_range_parser,
    check_linearizable,
)
from pytest_acr.harness.findings import Finding, Findings
from pytest_acr.harness.kinds import kind_of
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.search import run_machine
from tests.support.planted.bug import Part, PlantedBug
from tests.support.planted.facts_codec import ReadManifest, read_facts, write_facts
from tests.support.planted.plugin import VARIABLE

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
    """The examples until then, or all of them. One that starts over counts again."""
    cpu_seconds: float
    error: str | None = None
    """The exception with which the harness itself broke; None if it did not."""


class BugFound(BaseException):
    """Ends a hunt at the first finding. Hypothesis makes no example simpler for it."""

    def __init__(self, property_id: str) -> None:
        super().__init__(property_id)
        self.property_id = property_id


class FirstFinding(Findings):
    """Findings that end the run at the first one."""

    def report(self, finding: Finding) -> NoReturn:
        raise BugFound(finding.property.id)


def hunt(bug: PlantedBug, seed: int, examples: int = EXAMPLES) -> HuntOutcome:
    """Plant a bug and run its part of the harness, until it finds the bug."""
    numbers = count()
    before = cpu_seconds()
    found = error = None

    with pytest.MonkeyPatch.context() as monkeypatch:
        bug.plant(monkeypatch)
        try:
            HUNTERS[bug.part](bug, seed, examples, numbers)
        except BugFound as ended:
            found = ended.property_id
        except Exception as broken:  # noqa: BLE001  the other hunts go on
            error = f"{type(broken).__name__}: {broken}"
    return HuntOutcome(found, next(numbers), cpu_seconds() - before, error)


def cpu_seconds() -> float:
    """Return the CPU time of this process and of those that have ended so far."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def run_the_machine(bug: PlantedBug, seed: int, examples: int, numbers: "count[int]") -> None:
    """Run a machine of the harness. It takes a number for each example."""
    machine = MACHINES[bug.part]
    auth = "off" if machine == "content" else "token"
    settings = Settings(profile=bug.profile, **{"auth": auth, **bug.settings})

    def new_app() -> WSGIApplication:
        next(numbers)
        registry = FakeRegistry(settings, clock=ManualClock())
        return registry.wsgi_app if machine == "content" else ControlApp(registry, registry.wsgi_app)

    dialect = Dialect.like("acr") if bug.profile == "acr" else Dialect()
    plan = MachinePlan(new_app, dialect, findings=FirstFinding(), kind=kind_of(machine))
    run_machine(plan, seed_number=seed, examples=examples)


MACHINES: Final[Mapping[Part, str]] = {
    "machine": "content",
    "authorization machine": "authorization",
    "time machine": "time",
    "fault machine": "faults",
}
"""The machines of the harness, by the parts that they are."""


def run_threads(bug: PlantedBug, seed: int, examples: int, numbers: "count[int]") -> None:
    """Check concurrent requests of 16 threads, again and again. It takes a number for each run."""
    settings = Settings(profile=bug.profile, **{"auth": "off", **bug.settings})
    for run in range(min(examples, RUNS_OF_THREADS)):
        next(numbers)
        try:
            check_linearizable(FakeRegistry(settings).wsgi_app, seed=RUNS_OF_THREADS * seed + run)
        except AssertionError:
            raise BugFound("linearizable") from None


def check_the_parser_of_ranges(bug: PlantedBug, seed: int, examples: int, numbers: "count[int]") -> None:
    """Check our parser of Range. It takes a number for each header."""

    def parse(header: str, size: int) -> Sequence[tuple[int, int]] | None:
        next(numbers)
        try:
            return parse_range(header, size)
        except RangeUnsatisfiable:
            return ()

    try:
        assert_range_parser(parse)
    except AssertionError:
        raise BugFound("assert_range_parser") from None


def check_the_codec(bug: PlantedBug, seed: int, examples: int, numbers: "count[int]") -> None:
    """Check our parser of manifests. It takes a number for each manifest."""

    def read(content: bytes, media_type: str) -> ReadManifest:
        next(numbers)
        return read_facts(content, media_type)

    try:
        assert_manifest_codec(write_facts, read, error=ManifestInvalid)
    except AssertionError:
        raise BugFound("assert_manifest_codec") from None


def run_tests(bug: PlantedBug, seed: int, examples: int, numbers: "count[int]") -> None:
    """Run the properties of a part in a process of their own. It takes one number."""
    next(numbers)
    plugins = ("no:cacheprovider", PLUGIN)
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-m", "", *PROPERTIES[bug.part]]
    run = subprocess.run(
        [*command, *(option for plugin in plugins for option in ("-p", plugin))],
        env={**os.environ, VARIABLE: bug.name},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if run.returncode == 1:
        raise BugFound(run.stdout.rpartition("FAILED ")[2].split("[")[0].split()[0].rpartition("::")[2])
    if run.returncode != 0:
        raise RuntimeError(f"{bug.name}: the properties could not run\n{run.stdout}{run.stderr}")


ROOT: Final = Path(__file__).parent.parent.parent.parent

PLUGIN: Final = "tests.support.planted.plugin"

PROPERTIES: Final[Mapping[Part, Sequence[str]]] = {
    "snapshots": ("tests/properties/test_records.py", "tests/properties/test_snapshots.py"),
}
"""The properties of our own registry that are a part of the harness."""

HUNTERS: Final[Mapping[Part, Callable[[PlantedBug, int, int, "count[int]"], None]]] = {
    **dict.fromkeys(MACHINES, run_the_machine),
    "linearizability": run_threads,
    "ranges": check_the_parser_of_ranges,
    "codec": check_the_codec,
    **dict.fromkeys(PROPERTIES, run_tests),
}
"""How each part of the harness looks for a bug."""
