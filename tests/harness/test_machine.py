"""The state machine: no false alarm on ours, the same seed gives the same run, planted bugs are found."""

import re
from dataclasses import dataclass, field

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.core.memory import MemoryRegistry
from fake_registry.settings import Profile
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import Findings
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.search import search
from pytest_acr.harness.steps.table import STEPS
from pytest_acr.harness.wsgi_target import WsgiTarget
from tests.support.effort import repeated, rounds

UPLOAD_ID = re.compile(r"[0-9a-f]{8}-[-0-9a-f]{27}[^&]*&_state=[^&]*|last=\d{18}(?=%26)")
"""The random parts of an upload's Location, and the time in a Link."""

DIALECTS = {"oci": Dialect(), "acr": Dialect.like("acr")}


def plan_for(profile: Profile) -> MachinePlan:
    settings = Settings(profile=profile, auth="off")
    return MachinePlan(
        lambda: FakeRegistry(settings).wsgi_app,
        DIALECTS[profile],
        findings=Findings(collect=True),
    )


@repeated
@pytest.mark.parametrize("profile", DIALECTS)
def test_our_registry_has_every_property(profile: Profile) -> None:
    plan = plan_for(profile)

    assert list(search(plan, seed_number=1, examples=rounds(20))) == []

    assert plan.findings.runs.total() > 100


def test_a_planted_bug_is_found_and_made_simple(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryRegistry, "delete_blob", lambda *_args, **_names: None)

    plan = plan_for("oci")
    plan.steps = tuple(step for step in STEPS if step.area != "acr")  # steps of ACR do more at once
    found = {each.property.id: each for each in search(plan, seed_number=1, examples=30)}

    assert found.keys() <= {"blob-absent", "blob-delete-absent"}
    [push, delete] = found["blob-absent"].steps
    assert (push.arguments["repository"], delete.name) == (0, "delete_blob")


@pytest.mark.exhaustive
@pytest.mark.parametrize("profile", DIALECTS)
def test_no_step_is_starved(profile: Profile) -> None:
    """A step that runs too rarely, or does nothing, finds nothing."""
    plan = plan_for(profile)

    list(search(plan, seed_number=2, examples=200))

    assert plan.capabilities is not None
    offered = [step for step in STEPS if plan.capabilities.has_all(step.needs)]
    rare = {step.name: plan.findings.effects[step.name] for step in offered}
    assert {name: count for name, count in rare.items() if count < 10} == {}


def test_same_seed_gives_the_same_requests() -> None:
    first, second = (requests_of(seed_number=7) for _ in range(2))

    assert first == second
    assert first != requests_of(seed_number=8)


def requests_of(seed_number: int) -> list[tuple[str, str]]:
    """Return method and path of all requests of a run."""
    target = RecordingTarget(WsgiTarget(FakeRegistry(Settings(profile="oci", auth="off")).wsgi_app))
    plan = MachinePlan(lambda: target, Dialect(), findings=Findings(collect=True))
    list(search(plan, seed_number=seed_number, examples=5))
    return target.requests


@dataclass
class RecordingTarget:
    """Remembers the requests that it passes on."""

    target: RegistryTarget
    requests: list[tuple[str, str]] = field(default_factory=list)

    def send(self, request: RawRequest) -> RawResponse:
        self.requests.append((request.method, UPLOAD_ID.sub("ID", request.path)))
        return self.target.send(request)

    def close(self) -> None:
        self.target.close()
