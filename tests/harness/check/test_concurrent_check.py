"""The area concurrency of registry-check."""

from collections.abc import Callable

import pytest

from fake_registry import FakeRegistry
from pytest_acr.harness.check.concurrent_check import check_concurrency
from pytest_acr.harness.check.options import CheckOptions
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget
from pytest_acr.harness.wsgi_target import WsgiTarget
from tests.support.check_findings import OPEN, plant_lost_delete
from tests.support.check_runs import URL, InterceptedTarget, check

ONLY = frozenset({"concurrency"})


def targets_of(registry: FakeRegistry) -> Callable[[], RegistryTarget]:
    return lambda: WsgiTarget(registry.wsgi_app)


@pytest.mark.exhaustive
def test_concurrent_requests_to_ours_have_an_order_and_leave_nothing() -> None:
    registry = FakeRegistry(OPEN)

    result = check(WsgiTarget(registry.wsgi_app), areas=ONLY, new_target=targets_of(registry))

    assert [each.id for each in result.with_verdict("holds")] == ["linearizable"]
    assert registry.tree() == FakeRegistry(OPEN).tree()


def test_finding_has_the_responses_and_a_test(monkeypatch: pytest.MonkeyPatch) -> None:
    plant_lost_delete(monkeypatch)
    registry = FakeRegistry(OPEN)

    result = check(WsgiTarget(registry.wsgi_app), areas=ONLY, seed=3, new_target=targets_of(registry))

    [finding] = result.findings
    assert finding.property.id == "linearizable"
    assert "no order of these operations explains their outcomes" in finding.found
    assert "thread" in finding.transcript
    assert finding.command == f"registry-check {URL} --only concurrency --seed 3"
    compile(finding.test, "test_linearizable.py", "exec")
    assert "check_linearizable(REGISTRY, seed=3)" in finding.test
    assert [each.id for each in result.with_verdict("broken")] == ["linearizable"]


def test_area_is_not_checked_without_more_targets() -> None:
    result = check(WsgiTarget(FakeRegistry(OPEN).wsgi_app), areas=ONLY)

    assert [each.id for each in result.with_verdict("not checked")] == ["linearizable"]


def test_area_is_not_checked_if_the_registry_refuses_what_it_needs() -> None:
    registry = FakeRegistry(OPEN)

    def refuse(_: RawRequest) -> RawResponse:
        return RawResponse(403, (), b"")

    result = check(
        WsgiTarget(registry.wsgi_app),
        areas=ONLY,
        new_target=lambda: InterceptedTarget(registry, refuse),
    )

    assert (result.findings, result.failure) == ((), "")
    assert [each.id for each in result.with_verdict("not checked")] == ["linearizable"]


def test_secrets_in_responses_are_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    plant_lost_delete(monkeypatch)
    registry = FakeRegistry(OPEN)

    finding = check_concurrency(CheckOptions(registry=URL, seed=3), targets_of(registry), "mine/x")

    assert finding is not None
    assert [each for each in finding.transcript if not each.isprintable() and each != "\n"] == []
