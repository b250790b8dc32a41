"""Runs of the machines that need the control API, against a registry in memory."""

from collections.abc import Callable
from typing import Any
from wsgiref.types import WSGIApplication

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.control import ControlApp
from fake_registry.settings import Profile
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import Finding, Findings
from pytest_acr.harness.kinds import kind_of
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.search import search


def apps_of(profile: Profile, **settings: Any) -> Callable[[], WSGIApplication]:  # Any: their types
    """Return a function that makes a registry with the control API, whose clock can be moved."""
    chosen = Settings(profile=profile, **{"auth": "token", **settings})

    def new_app() -> WSGIApplication:
        registry = FakeRegistry(chosen, clock=ManualClock())
        return ControlApp(registry, registry.wsgi_app)

    return new_app


def plan_of(machine: str, profile: Profile, **settings: Any) -> MachinePlan:  # Any: as above
    """Return the plan of a machine that collects what it finds."""
    return MachinePlan(
        apps_of(profile, **settings),
        Dialect.like("acr") if profile == "acr" else Dialect(),
        findings=Findings(collect=True),
        kind=kind_of(machine),
    )


def found_by(plan: MachinePlan, *, examples: int, seed_number: int = 1) -> dict[str, Finding]:
    """Return what a run finds, by the ids of the properties."""
    found = search(plan, seed_number=seed_number, examples=examples)
    return {finding.property.id: finding for finding in found}


def rare_steps_of(plan: MachinePlan) -> dict[str, int]:
    """Return the steps that the registry offers and that took effect fewer than three times."""
    capabilities = plan.capabilities
    assert capabilities is not None
    offered = [step.name for step in plan.steps if not capabilities.lacking(step.needs)]
    counts = {name: plan.findings.effects[name] for name in offered}
    return {name: count for name, count in counts.items() if count < 3}
