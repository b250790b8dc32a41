"""`search`: runs a machine until it finds nothing more, and shrinks each finding by itself."""

from collections.abc import Iterator
from typing import Final

from hypothesis import HealthCheck, Phase, Verbosity, seed, settings
from hypothesis.errors import Flaky
from hypothesis.stateful import run_state_machine_as_test

from pytest_acr.harness.findings import Finding, PropertyBroken
from pytest_acr.harness.machine import STEPS_OF_AN_EXAMPLE, machine_of
from pytest_acr.harness.plan import MachinePlan

_PHASES: Final = (Phase.generate, Phase.shrink)


def search(plan: MachinePlan, *, seed_number: int, examples: int) -> Iterator[Finding]:
    """Yield each broken property once, with the shortest example that was found.

    Runs as many examples for each finding, and as many again after the last one.
    """
    while True:
        run_machine(plan, seed_number=seed_number, examples=examples)
        finding = plan.findings.close_pursuit()
        if finding is None:
            return
        yield finding


def run_machine(plan: MachinePlan, *, seed_number: int, examples: int) -> None:
    """Run examples until one breaks a property, and make that one simpler.

    The same seed gives the same requests to the same registry.
    """
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
    try:
        run_state_machine_as_test(machine, settings=effort)
    except (PropertyBroken, Flaky):
        return  # `findings` has it, also one that does not repeat itself
