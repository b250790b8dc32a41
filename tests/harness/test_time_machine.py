"""The time machine: no false alarm on ours, and what does not expire is found."""

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.control import ControlApp
from fake_registry.core.uploads import Uploads
from fake_registry.settings import Auth, Profile
from pytest_acr.harness.findings import PropertyBroken
from pytest_acr.harness.replay import replay
from tests.support.effort import repeated, rounds
from tests.support.machine_runs import apps_of, found_by, plan_of, rare_steps_of

MACHINE = "time"


@repeated
@pytest.mark.parametrize(
    ("profile", "auth"),
    [
        ("acr", "token"),
        ("oci", "anonymous-pull"),
        ("oci", "off"),
    ],
)
def test_our_registry_has_every_property(profile: Profile, auth: Auth) -> None:
    plan = plan_of(MACHINE, profile, auth=auth)

    assert found_by(plan, examples=rounds(8)) == {}

    assert plan.findings.runs.total() > 100


@pytest.mark.exhaustive
@pytest.mark.parametrize("auth", ["token", "anonymous-pull"])
def test_no_step_is_starved(auth: Auth) -> None:
    plan = plan_of(MACHINE, "acr", auth=auth)

    assert found_by(plan, examples=100, seed_number=2) == {}

    assert rare_steps_of(plan) == {}


def test_an_upload_that_does_not_expire_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Uploads, "drop_expired", lambda self: self._clock.now())

    found = found_by(plan_of(MACHINE, "oci", auth="off"), examples=10)

    steps = found["upload-expired"].steps
    assert len(steps) <= 2
    with pytest.raises(PropertyBroken):
        replay(apps_of("oci", auth="off"), steps, only="upload-expired")


def test_a_registry_whose_clock_cannot_be_moved_does_not_offer_it() -> None:
    registry = FakeRegistry(Settings(profile="acr", auth="off"))
    plan = plan_of(MACHINE, "acr")
    plan.source = ControlApp(registry, registry.wsgi_app)

    assert found_by(plan, examples=1) == {}

    assert "clock" in plan.not_offered()
