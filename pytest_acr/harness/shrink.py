"""`shorten`: makes a finding's example shorter, by leaving out steps and taking simpler arguments.

Hypothesis could do it, with some hundred examples for each finding. Here a step creates what it
needs, so that almost any other step can be left out, and a few dozen replays are enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from pytest_acr.harness.findings import Finding, Findings, PropertyBroken, TakenStep
from pytest_acr.harness.kinds import STEPS_BY_NAME
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.replay import run_steps
from pytest_acr.harness.time_budget import TimeIsUp

MAX_REPLAYS: Final = 150

Steps = Sequence[TakenStep]


def shorten(plan: MachinePlan, finding: Finding) -> Finding:
    """Return the finding with the shortest example that still breaks the same property.

    Returns it as it is if it does not repeat itself, and the shortest so far if the time is up.
    """
    best = finding
    try:
        for shorter in _shorter_ones(plan, finding):
            best = shorter
    except TimeIsUp:
        return best
    return best


def _shorter_ones(plan: MachinePlan, finding: Finding) -> Iterator[Finding]:
    """Yield shorter and shorter findings of the same property."""
    best = finding
    tries = 0
    is_shorter = True
    while is_shorter and tries < MAX_REPLAYS:
        is_shorter = False
        for steps in _simpler(best.steps):
            tries += 1
            found = _repeat(plan, steps, finding)
            if found is not None:
                best, is_shorter = found, True
                yield best
                break
            if tries >= MAX_REPLAYS:
                break


def _repeat(plan: MachinePlan, steps: Steps, finding: Finding) -> Finding | None:
    """Return what these steps find about the same property; None if it holds."""
    findings = Findings(only=finding.property.id)
    try:
        run_steps(replace(plan, findings=findings), steps)
    except PropertyBroken as broken:
        return broken.finding
    return None


def _simpler(steps: Steps) -> Iterator[Steps]:
    """Yield simpler examples: without a half of the steps, a quarter, ..., one; then plainer ones."""
    size = len(steps) // 2
    while size:
        for start in range(len(steps) - size, -1, -size):
            yield [*steps[:start], *steps[start + size :]]
        size //= 2

    for place, step in enumerate(steps):
        options = STEPS_BY_NAME[step.name].arguments
        for name, value in step.arguments.items():
            simplest = options[name][0]
            if value != simplest:
                plain = TakenStep(step.name, {**step.arguments, name: simplest})
                yield [*steps[:place], plain, *steps[place + 1 :]]
