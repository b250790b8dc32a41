"""`search`: runs a machine, and makes the example of each broken property shorter."""

from collections.abc import Iterator
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from pytest_acr.harness.findings import Finding
from pytest_acr.harness.machine import STEPS_OF_AN_EXAMPLE, machine_of
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.shrink import shorten
from pytest_acr.harness.time_budget import TimeBudget, TimeIsUp

MAX_RUNS: Final = 10
"""Runs on a registry that does not respond the same way to the same requests."""

_PHASES: Final = (Phase.generate,)


def search(
    plan: MachinePlan,
    *,
    seed_number: int,
    examples: int,
    budget: TimeBudget | None = None,
) -> Iterator[Finding]:
    """Yield each broken property once, with the shortest example that was found.

    The plan's `findings` have to be made with `collect`: one run finds all of them. The time of
    `budget` ends it in the middle of an example if the plan's target raises TimeIsUp. Nothing is
    run if the registry does not offer what the machine tests: `MachinePlan.not_offered`.
    """
    limit = budget or TimeBudget()
    try:
        _run_until_steady(plan, seed_number, examples)
    except TimeIsUp:
        limit.has_cut_short = True

    found = plan.findings.all_findings()
    for number, finding in enumerate(found):
        limit.allot_share(len(found) - number)
        yield shorten(plan, finding)


def _run_until_steady(plan: MachinePlan, seed_number: int, examples: int) -> None:
    """Run examples. A registry that responds otherwise the second time ends a run of Hypothesis."""
    for number in range(MAX_RUNS):
        try:
            run_machine(plan, seed_number=seed_number + number, examples=examples)
        except Flaky:
            continue
        return


def run_machine(plan: MachinePlan, *, seed_number: int, examples: int) -> None:
    """Run examples; PropertyBroken at the first finding, unless the plan's `findings` collect them.

    The same seed gives the same requests to the same registry.
    """
    if plan.not_offered():
        return
    machine = machine_of(plan)
    seed(seed_number)(machine)
    effort = settings(
        max_examples=examples,
        stateful_step_count=STEPS_OF_AN_EXAMPLE,
        deadline=None,
        database=None,
        phases=_PHASES,
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=effort)
