"""The authorization machine: no false alarm on ours, and mistakes in scopes are found."""

import unittest

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.auth.scopes import Scope
from fake_registry.settings import Auth, Profile
from pytest_acr.harness import test_case_for as case_for
from pytest_acr.harness.findings import PropertyBroken
from pytest_acr.harness.replay import replay
from tests.support.effort import repeated, rounds
from tests.support.machine_runs import apps_of, found_by, plan_of, rare_steps_of

MACHINE = "authorization"


@repeated
@pytest.mark.parametrize(
    ("profile", "auth"),
    [
        ("oci", "token"),
        ("acr", "token"),
        ("acr", "anonymous-pull"),
        ("acr", "off"),
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


def covers_one_level(self: Scope, other: Scope) -> bool:
    """Return whether a scope covers another, with the mistake that x/* covers one level alone."""
    if self.type != other.type:
        return False
    start, _, _ = other.name.rpartition("/")
    return self.name in ("*", other.name, f"{start}/*")


def test_a_prefix_that_covers_too_little_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Scope, "covers", covers_one_level)

    found = found_by(plan_of(MACHINE, "oci"), examples=10)

    steps = found["token-access-pattern"].steps
    assert len(steps) == 1
    with pytest.raises(PropertyBroken):
        replay(apps_of("oci"), steps, only="token-access-pattern")


def test_a_registry_without_the_control_api_does_not_offer_it() -> None:
    registry = FakeRegistry(Settings(profile="acr", auth="token"))
    plan = plan_of(MACHINE, "acr")
    plan.source = registry.wsgi_app

    assert found_by(plan, examples=1) == {}

    assert "control" in plan.not_offered()
    assert plan.findings.runs.total() == 0


def test_a_test_case_says_what_the_registry_lacks() -> None:
    case = case_for(FakeRegistry(Settings(profile="oci")).wsgi_app, machine=MACHINE)

    result = unittest.TestResult()
    case("runTest").run(result)

    [(_, reason)] = result.skipped
    assert "the registry lacks accounts" in reason


def test_unknown_machine_is_refused() -> None:
    with pytest.raises(ValueError, match="expected one of content, authorization"):
        case_for("http://127.0.0.1:5000", machine="contents")
