"""`replay_steps`: runs the steps of a finding once more."""

import secrets

from pytest_acr.harness.check.cleanup import clean_up
from pytest_acr.harness.check.options import CheckOptions
from pytest_acr.harness.check.replay_json import ReplayedSteps
from pytest_acr.harness.check.run_content import RunContent
from pytest_acr.harness.check.watched_target import WatchedTarget
from pytest_acr.harness.findings import Finding, Findings, PropertyBroken
from pytest_acr.harness.kinds import kind_of_steps
from pytest_acr.harness.messages import RegistryGone, RegistryTarget, TargetFailed
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.preflight import CheckRefused, check_reachable
from pytest_acr.harness.replay import run_steps
from pytest_acr.harness.time_budget import TimeBudget, TimeIsUp


def replay_steps(
    replayed: ReplayedSteps,
    options: CheckOptions,
    target: RegistryTarget,
) -> Finding | None:
    """Run the steps of a finding once more, and remove their content. CheckRefused.

    Returns the finding; None if the property holds.
    """
    pushed = RunContent(options.repository)
    watched = WatchedTarget(target, budget=TimeBudget(options.max_seconds), pushed=pushed)
    plan = MachinePlan(
        lambda: watched,
        options.dialect,
        findings=Findings(only=replayed.only),
        kind=kind_of_steps(name for name, _ in replayed.steps),
        prefix=f"{options.repository}/{secrets.token_hex(4)}",
    )

    try:
        check_reachable(watched)
        return _finding_of(plan, replayed)
    except TimeIsUp:
        problem = "expected time for all steps, found it over before the last"
        raise CheckRefused(f"{problem}: give a longer --max-time") from None
    finally:
        if plan.capabilities is not None and not options.keeps_content:
            clean_up(target, pushed, plan.capabilities, is_over=lambda: False)


def _finding_of(plan: MachinePlan, replayed: ReplayedSteps) -> Finding | None:
    try:
        run_steps(plan, replayed.steps)
    except PropertyBroken as broken:
        return broken.finding
    except (ValueError, TargetFailed, RegistryGone) as error:
        raise CheckRefused(str(error)) from None
    return None
