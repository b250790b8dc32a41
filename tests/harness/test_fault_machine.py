"""The fault machine: no false alarm on ours, and what a failure destroys is found."""

from typing import Any

import pytest

from fake_registry.http.faults.plan import FaultPlan
from fake_registry.settings import Auth, Profile
from pytest_acr.harness.findings import PropertyBroken
from pytest_acr.harness.replay import replay
from tests.support.effort import repeated, rounds
from tests.support.machine_runs import apps_of, found_by, plan_of, rare_steps_of

MACHINE = "faults"


@repeated
@pytest.mark.parametrize(("profile", "auth"), [("oci", "off"), ("acr", "token")])
def test_our_registry_has_every_property(profile: Profile, auth: Auth) -> None:
    plan = plan_of(MACHINE, profile, auth=auth)

    assert found_by(plan, examples=rounds(5)) == {}

    assert plan.findings.runs.total() > 100


@pytest.mark.exhaustive
@pytest.mark.parametrize("profile", ["oci", "acr"])
def test_no_step_is_starved(profile: Profile) -> None:
    plan = plan_of(MACHINE, profile, auth="off")

    assert found_by(plan, examples=100, seed_number=2) == {}

    assert rare_steps_of(plan) == {}


def test_a_fault_that_strikes_too_often_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    count_hit = FaultPlan._count_hit

    def count_always(self: FaultPlan, active: Any, counts: Any) -> bool:  # Any: as the plan has them
        count_hit(self, active, counts)
        return True

    monkeypatch.setattr(FaultPlan, "_count_hit", count_always)

    found = found_by(plan_of(MACHINE, "oci", auth="off"), examples=5)

    assert len(found["fault-times"].steps) == 1
    with pytest.raises(PropertyBroken):
        replay(apps_of("oci", auth="off"), found["fault-times"].steps, only="fault-times")
