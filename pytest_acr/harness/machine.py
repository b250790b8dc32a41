"""`machine_for` and `test_case_for`: a Hypothesis state machine for any registry."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from typing import Final, cast
from unittest import SkipTest, TestCase

import hypothesis
from hypothesis import HealthCheck, Phase
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from fake_registry.arguments import check_arguments, items_of
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.failure_text import explain
from pytest_acr.harness.findings import Finding, Findings, PropertyBroken, StartOver, TakenStep
from pytest_acr.harness.kinds import kind_of
from pytest_acr.harness.plan import MachinePlan, RegistrySource
from pytest_acr.harness.properties.table import check_ids
from pytest_acr.harness.replay import run_step
from pytest_acr.harness.scripts import Script, ScriptReader
from pytest_acr.harness.shrink import shorten

STEPS_OF_AN_EXAMPLE: Final = 25


def default_settings() -> hypothesis.settings:
    """Return the settings of the current profile, without a time limit for an example.

    A registry behind a socket may be slow.
    """
    return hypothesis.settings(
        stateful_step_count=STEPS_OF_AN_EXAMPLE,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


@check_arguments
def machine_for(
    registry: RegistrySource,
    *,
    machine: str = "content",
    dialect: Dialect | None = None,
    known: Collection[str] = (),
) -> type[RuleBasedStateMachine]:
    """Return a state machine that compares a registry with a model of the documents.

    `registry` is a URL, a WSGI app, a `UrlTarget` for a registry with a login, or a function without
    parameters that returns one of them; it is called for each example. `machine` is `content`,
    `authorization`, `time` or `faults`: all but the first need the control API of
    `fake-registry serve`. `dialect` turns off properties that are no MUST: none by default. `known` are
    ids of properties that the registry is known to break. ValueError for an unknown machine, and for
    an id that no property has.
    """
    ids = items_of("known", known, str)
    check_ids("known", ids)
    plan = MachinePlan(
        registry,
        dialect or Dialect(),
        findings=Findings(ids),
        kind=kind_of(machine),
    )
    return machine_of(plan)


@check_arguments
def test_case_for(
    registry: RegistrySource,
    *,
    machine: str = "content",
    dialect: Dialect | None = None,
    known: Collection[str] = (),
    settings: hypothesis.settings | None = None,
) -> type[TestCase]:
    """Return a test case that runs the machine of `machine_for`: one line in a test module.

    `settings` are by default those of Hypothesis' current profile, without a deadline. It fails
    with the shortest example of one broken property: its HTTP exchanges, and the call of `replay`
    that repeats it. Hypothesis' own phase `shrink` is not used.
    It is skipped, with the reason, if the registry does not offer what the machine tests.

    >>> TestMyRegistry = test_case_for(lambda: "http://127.0.0.1:5000")
    """
    tested = machine_for(registry, machine=machine, dialect=dialect, known=known)
    case = cast(type[TestCase], tested.TestCase)
    chosen = settings or default_settings()
    phases = [phase for phase in chosen.phases if phase != Phase.shrink]
    effort = hypothesis.settings(chosen, phases=phases)
    case.settings = effort  # type: ignore[attr-defined]  # Hypothesis reads it
    return case


test_case_for.__test__ = False  # type: ignore[attr-defined]  # pytest would take it for a test


class RegistryMachine(RuleBasedStateMachine):
    """The part that all machines share: a trial for each example, and the comparison at its end.

    The steps of an example are drawn at once, as the bytes of a script. Hypothesis repeats most
    examples with one of their values copied to another place; rules that were drawn one by one met
    five similar examples for each new one. `shorten` makes a failing example simpler.
    """

    plan: MachinePlan
    scripts: ScriptReader
    shortest: dict[str, Finding]
    """The findings that were reported, by the ids of their properties."""

    def __init__(self) -> None:
        super().__init__()
        missing = self.plan.not_offered()
        if missing:
            raise SkipTest(f"{self.plan.kind.name}: the registry lacks {', '.join(missing)}")
        self.trial = self.plan.new_trial()
        self._steps: Iterator[TakenStep] = iter(())
        self._failed = False

    def begin(self, script: Script) -> None:
        """Take the steps from a script."""
        self._steps = self.scripts.steps_in(script, self.trial.capabilities)

    def take(self) -> None:
        """Run the next step. After a known wrong effect the example goes on in new repositories."""
        step = next(self._steps, None)
        if step is None:
            return
        self._failed = True  # until the step has ended: an interrupt is a failure, too
        with self._with_shortest_example():
            self.trial = run_step(self.plan, self.trial, step)
        self._failed = False

    def teardown(self) -> None:
        """Compare everything with the model, unless a step has failed."""
        if not self._failed:
            with self._with_shortest_example(), suppress(StartOver):
                self.plan.kind.check(self.trial)

    @contextmanager
    def _with_shortest_example(self) -> Iterator[None]:
        """Raise what the block finds with the shortest example."""
        try:
            yield
        except PropertyBroken as broken:
            raise explain(self._shortest(broken.finding), type(broken)) from None

    def _shortest(self, finding: Finding) -> Finding:
        """Return the shortest example. Hypothesis repeats a failing example: it is sought once."""
        if finding.property.id not in self.shortest:
            self.shortest[finding.property.id] = shorten(self.plan, finding)
        return self.shortest[finding.property.id]


def machine_of(plan: MachinePlan) -> type[RuleBasedStateMachine]:
    """Return the machine class of a plan."""
    scripts = ScriptReader(plan.steps)
    members = {
        "plan": plan,
        "scripts": scripts,
        "shortest": {},
        "begin": initialize(script=scripts.strategy(STEPS_OF_AN_EXAMPLE))(RegistryMachine.begin),
        "take": rule()(RegistryMachine.take),
    }
    return cast(type[RuleBasedStateMachine], type("RegistryMachine", (RegistryMachine,), members))
