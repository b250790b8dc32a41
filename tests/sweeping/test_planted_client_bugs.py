"""The sweep finds each bug that is planted in a small client, and none in the client."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Final

import pytest

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from pytest_acr import sweep
from pytest_acr.sweeping.report import SweepReport
from tests.support.products import cross
from tests.support.sample_client.bugs import SWEPT_BUGS, SweptBug
from tests.support.sample_client.client import SampleClient
from tests.support.sample_client.scenarios import SWEPT, WATCHED, SampleScenario

PROFILES: Final[Sequence[Profile]] = ("acr", "oci")


@pytest.mark.parametrize("bug", SWEPT_BUGS, ids=lambda bug: bug.name)
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


def runner_of(
    client: type[SampleClient],
    scenario: SampleScenario,
) -> Callable[[FakeRegistry], None]:
    """Return a function that fails if the calls have another result."""

    def run(registry: FakeRegistry) -> None:
        assert scenario.play(client, registry) == scenario.result

    return run


def sweep_of_correct_client(scenario: SampleScenario, profile: Profile) -> SweepReport:
    """Return the sweep of the correct client. No error of it is expected."""
    run = runner_of(SampleClient, scenario)
    return sweep(run, make_registry=partial(scenario.registry, profile), expect=())
