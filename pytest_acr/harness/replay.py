"""`replay`: runs the steps of a finding once more, without Hypothesis."""

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from fake_registry.arguments import check_arguments, items_of, names_text
from fake_registry.arguments import kind_of as kind_of_value
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.failure_text import explain
from pytest_acr.harness.findings import Findings, PropertyBroken, StartOver, TakenStep
from pytest_acr.harness.kinds import STEPS_BY_NAME, kind_of_steps
from pytest_acr.harness.locks import RefusedByLock
from pytest_acr.harness.plan import MachinePlan, RegistrySource
from pytest_acr.harness.properties.table import check_ids
from pytest_acr.harness.trial import Trial

WrittenStep = tuple[str, Mapping[str, int | bool | str]]
"""A step's name and its arguments, as a report has them."""


@check_arguments
def replay(
    registry: RegistrySource,
    steps: Iterable[WrittenStep],
    *,
    only: str | None = None,
    dialect: Dialect | None = None,
    known: Collection[str] = (),
) -> None:
    """Run these steps, and compare everything at the end. PropertyBroken if one does not hold.

    `registry` is as in `machine_for`. With `only`, the id of a property, no other is judged.
    ValueError for no steps, an unknown step or id, a step with other arguments, and for steps of
    several machines.
    """
    ids = items_of("known", known, str)
    check_ids("known", ids)
    check_ids("only", [] if only is None else [only])
    taken = [_check_form(step) for step in steps]
    if not taken:
        raise ValueError("expected at least one step, found none")

    plan = MachinePlan(
        registry,
        dialect or Dialect(),
        findings=Findings(ids, only=only),
        kind=kind_of_steps(name for name, _ in taken),
    )
    try:
        run_steps(plan, taken)
    except PropertyBroken as broken:
        raise explain(broken.finding, type(broken)) from None


def _check_form(step: object) -> WrittenStep:
    match step:
        case (str(name), Mapping() as arguments):
            return name, arguments

    raise TypeError(f"steps: expected pairs of a name and a dict of arguments, found {kind_of_value(step)}")


def run_steps(plan: MachinePlan, steps: Iterable[WrittenStep]) -> None:
    """Run steps in new repositories of a plan, as its machine does. PropertyBroken, ValueError."""
    checked = [TakenStep(name, dict(arguments)) for name, arguments in steps]
    for step in checked:
        _check_step(step)

    trial = plan.new_trial()
    for step in checked:
        trial = run_step(plan, trial, step)
    with suppress(StartOver):
        plan.kind.check(trial)


def run_step(plan: MachinePlan, trial: Trial, step: TakenStep) -> Trial:
    """Run a step, and return the trial for the next one: a new one after a known wrong effect.

    A step of which a lock refuses a request ends there.
    """
    trial.steps.append(step)
    plan.findings.runs[step.name] += 1
    try:
        with suppress(RefusedByLock):
            STEPS_BY_NAME[step.name].act(trial, **step.arguments)
    except StartOver:
        return plan.new_trial()
    return trial


def _check_step(taken: TakenStep) -> None:
    name, arguments = taken
    step = STEPS_BY_NAME.get(name)
    if step is None:
        raise ValueError(f"expected a step, one of {names_text(name, STEPS_BY_NAME)}, found {name!r}")

    if arguments.keys() != step.arguments.keys():
        wanted = ", ".join(sorted(step.arguments)) or "none"
        found = ", ".join(sorted(arguments)) or "none"
        raise ValueError(f"expected these arguments of {name}: {wanted}; found {found}")

    for argument, value in arguments.items():
        options = step.arguments[argument]
        if value not in options:
            raise ValueError(f"expected {argument} of {name} in {options}, found {value!r}")
