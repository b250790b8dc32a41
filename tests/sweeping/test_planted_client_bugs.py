"""Sweep and strict mode find each bug that is planted in a small client, and none in the client."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final

import pytest

from fake_registry import FakeRegistry
from fake_registry.journal.checks.table import RULES, mistakes_in
from fake_registry.settings import Profile
from pytest_acr import sweep
from pytest_acr.sweeping.report import SweepReport
from tests.support.products import cross
from tests.support.sample_client.bugs import STRICT_BUGS, SWEPT_BUGS, StrictBug, SweptBug
from tests.support.sample_client.client import SampleClient
from tests.support.sample_client.errors import SampleError
from tests.support.sample_client.scenarios import SWEPT, WATCHED, SampleScenario

PROFILES: Final[Sequence[Profile]] = ("acr", "oci")

BUGS: Final = [
    pytest.param(bug, id=bug.name, marks=() if place % 3 == 0 else pytest.mark.exhaustive)
    for place, bug in enumerate(SWEPT_BUGS)
]
"""By default each third one: a sweep takes a tenth of a second."""


def test_there_are_twenty_bugs_and_more_of_each_rule() -> None:
    clients = {bug.client for bug in (*SWEPT_BUGS, *STRICT_BUGS)}

    assert len(clients) >= 20
    assert {rule.name for rule in RULES} <= {bug.rule for bug in STRICT_BUGS}


@pytest.mark.parametrize("bug", BUGS)
def test_sweep_finds_a_bug(bug: SweptBug) -> None:
    report = sweep(
        runner_of(bug.client, bug.scenario),
        make_registry=bug.scenario.registry,
        endpoints=bug.endpoints,
        depth=len(bug.endpoints),
        expect=None if bug.may_fail else (),
    )

    texts = {run.case: f"{run.reason}; {run.error}" for run in report.broken}
    assert bug.reason in texts.get(bug.case, "")


@pytest.mark.parametrize("bug", STRICT_BUGS, ids=lambda bug: f"{bug.name}, {bug.rule}")
def test_strict_mode_finds_a_bug(bug: StrictBug) -> None:
    registry = bug.scenario.registry()

    with suppress(SampleError):
        bug.scenario.play(bug.client, registry)

    assert bug.rule in {found.rule.name for found in mistakes_in(registry.requests)}


@cross({"scenario": SWEPT, "profile": PROFILES})
def test_correct_client_survives_each_failure(scenario: SampleScenario, profile: Profile) -> None:
    report = sweep_of_correct_client(scenario, profile)

    assert (report.broken, report.failed_cleanly) == ((), ()), report.table()
    assert report.survived


@pytest.mark.exhaustive
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", sorted(WATCHED.keys() - SWEPT.keys() - {"failed push"}))
def test_correct_client_survives_each_failure_of_longer_runs(name: str, profile: Profile) -> None:
    report = sweep_of_correct_client(WATCHED[name], profile)

    assert (report.broken, report.failed_cleanly) == ((), ()), report.table()
    assert report.survived


@cross({"scenario": WATCHED, "profile": PROFILES})
def test_correct_client_breaks_no_rule(scenario: SampleScenario, profile: Profile) -> None:
    registry = scenario.registry(profile)

    with suppress(SampleError):
        scenario.play(SampleClient, registry)

    assert registry.requests
    assert mistakes_in(registry.requests) == []


def runner_of(
    client: type[SampleClient],
    scenario: SampleScenario,
) -> Callable[[FakeRegistry], None]:
    """Return a function that fails if the calls have another result."""

    def run(registry: FakeRegistry) -> None:
        assert scenario.play(client, registry) == scenario.result

    return run


def sweep_of_correct_client(scenario: SampleScenario, profile: Profile) -> SweepReport:
    """Return the sweep of runs that also break no rule. No error of the client is expected."""
    play = runner_of(SampleClient, scenario)

    def run(registry: FakeRegistry) -> None:
        play(registry)
        assert mistakes_in(registry.requests) == []

    return sweep(run, make_registry=partial(scenario.registry, profile), expect=())
