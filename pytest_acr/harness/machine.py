"""`machine_for` and `test_case_for`: a Hypothesis state machine for any registry."""

from collections.abc import Callable, Collection
from typing import Any, Final, cast
from unittest import TestCase

import hypothesis
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.final_check import check_everything
from pytest_acr.harness.findings import Findings, StartOver, TakenStep
from pytest_acr.harness.plan import MachinePlan, RegistrySource
from pytest_acr.harness.steps.step import Step

STEPS_OF_AN_EXAMPLE: Final = 25

DEFAULT_SETTINGS: Final = hypothesis.settings(
    max_examples=100,
    stateful_step_count=STEPS_OF_AN_EXAMPLE,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
"""A registry behind a socket may be slow: no time limit for an example."""


def machine_for(
    registry: RegistrySource,
    *,
    dialect: Dialect | None = None,
    known: Collection[str] = (),
) -> type[RuleBasedStateMachine]:
    """Return a state machine that compares a registry with a model of the documents.

    `registry` is a URL, a WSGI app, or a function without parameters that returns one of them; it
    is called for each example. `dialect` is what is asked beyond MUST: everything by default.
    `known` are ids of properties that the registry is known to break.
    """
    return machine_of(MachinePlan(registry, dialect or Dialect(), findings=Findings(known)))


def test_case_for(
    registry: RegistrySource,
    *,
    dialect: Dialect | None = None,
    known: Collection[str] = (),
    settings: hypothesis.settings = DEFAULT_SETTINGS,
) -> type[TestCase]:
    """Return a test case that runs the machine of `machine_for`: one line in a test module.

    >>> TestMyRegistry = test_case_for(lambda: "http://127.0.0.1:5000")
    """
    machine = machine_for(registry, dialect=dialect, known=known)
    case = cast(type[TestCase], machine.TestCase)
    case.settings = settings  # type: ignore[attr-defined]  # Hypothesis reads it
    return case


test_case_for.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


class RegistryMachine(RuleBasedStateMachine):
    """The part that all machines share: a trial for each example, and the comparison at its end."""

    plan: MachinePlan

    def __init__(self) -> None:
        super().__init__()
        self.trial = self.plan.new_trial()
        self._failed = False

    def take(self, step: Step, drawn: dict[str, Any]) -> None:
        """Run a step. After a known wrong effect the example goes on in new repositories."""
        self.trial.steps.append(TakenStep(step.name, drawn))
        self.plan.findings.runs[step.name] += 1
        self._failed = True
        try:
            step.act(self.trial, **drawn)
        except StartOver:
            self.trial = self.plan.new_trial()
        self._failed = False

    def teardown(self) -> None:
        """Compare everything with the model, unless a step has failed."""
        if self._failed:
            return
        try:
            check_everything(self.trial)
        except StartOver:
            return


def machine_of(plan: MachinePlan) -> type[RuleBasedStateMachine]:
    """Return the machine class of a plan."""
    rules = {
        f"{step.name}_{number}" if number else step.name: _rule_of(step)
        for step in plan.steps
        for number in range(step.weight)
    }
    return cast(
        type[RuleBasedStateMachine],
        type("RegistryMachine", (RegistryMachine,), {"plan": plan, **rules}),
    )


def _rule_of(step: Step) -> object:
    def run(self: RegistryMachine, **drawn: Any) -> None:  # Any: what the step draws
        self.take(step, drawn)

    run.__name__ = step.name
    # Any: rule() is typed for strategies of one type
    as_rule: Callable[..., Callable[[object], object]] = cast(Any, rule)
    drawn = {name: st.sampled_from(options) for name, options in step.arguments.items()}
    found = as_rule(**drawn)(run)
    if not step.needs:
        return found
    return precondition(_has(step.needs))(cast(Any, found))


def _has(needs: tuple[str, ...]) -> Callable[[RegistryMachine], bool]:
    return lambda machine: all(getattr(machine.trial.capabilities, name) for name in needs)
