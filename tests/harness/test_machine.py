"""The state machine: no false alarm on ours, the same seed gives the same run, planted bugs are found."""

import pytest

from fake_registry import FakeRegistry, Settings
from fake_registry.core.memory import MemoryRegistry
from fake_registry.settings import Profile
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import Findings
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.search import search
from tests.support.effort import rounds

DIALECTS = {"oci": Dialect(), "acr": Dialect.like("acr")}


def plan_for(profile: Profile) -> MachinePlan:
    settings = Settings(profile=profile, auth="off")
    return MachinePlan(
        lambda: FakeRegistry(settings).wsgi_app,
        DIALECTS[profile],
        findings=Findings(collect=True),
    )


@pytest.mark.parametrize("profile", DIALECTS)
def test_our_registry_has_every_property(profile: Profile) -> None:
    plan = plan_for(profile)

    assert list(search(plan, seed_number=1, examples=rounds(40))) == []

    assert plan.findings.runs.total() > 100


def test_a_planted_bug_is_found_and_made_simple(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryRegistry, "delete_blob", lambda *_args, **_names: None)

    found = {each.property.id: each for each in search(plan_for("oci"), seed_number=1, examples=100)}

    assert found.keys() == {"blob-absent", "blob-delete-absent"}
    [push, delete] = found["blob-absent"].steps
    assert (push.arguments["repository"], delete.name) == (0, "delete_blob")
