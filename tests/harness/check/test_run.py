"""A run of registry-check: how it ends, what it reports, and what it leaves behind."""

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import NoReturn

import pytest

from fake_registry import FakeRegistry, Settings
from pytest_acr.harness import Dialect
from pytest_acr.harness.check.result import CheckResult
from pytest_acr.harness.messages import RawRequest, RawResponse, TargetFailed
from pytest_acr.harness.preflight import CheckRefused
from pytest_acr.harness.properties.table import select_areas
from pytest_acr.harness.wsgi_target import WsgiTarget
from tests.support.check_findings import OPEN, plant_lost_delete
from tests.support.check_runs import InterceptedTarget, NotedProgress, check


def ids_of(result: CheckResult) -> set[str]:
    return {finding.property.id for finding in result.findings}


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(OPEN)


@pytest.mark.parametrize("profile", ["oci", "acr"])
def test_a_run_finds_nothing_on_ours_and_leaves_nothing(profile: str) -> None:
    registry = FakeRegistry(Settings(profile=profile, auth="off"))  # type: ignore[arg-type]
    registry.push_image("theirs/image:1")
    before = registry.tree()

    result = check(WsgiTarget(registry.wsgi_app), dialect=dialect_of(profile))

    assert (result.findings, result.end, result.leftovers) == ((), "complete", "")
    assert registry.tree() == before
    assert result.with_verdict("broken") == []
    assert len(result.with_verdict("holds")) > 20


def dialect_of(profile: str) -> Dialect:
    return Dialect.like("acr") if profile == "acr" else Dialect()


def test_requests_stay_below_the_given_name(registry: FakeRegistry) -> None:
    check(WsgiTarget(registry.wsgi_app), repository="mine/check")

    names = {name for each in registry.requests if (name := name_in(each.path))}
    assert names
    assert {name for name in names if not name.startswith("mine/check/")} == set()


def name_in(path: str) -> str:
    match = re.match(r"/(?:v2|acr/v1)/(.+?)/(?:blobs|manifests|tags|referrers|_)", path)
    return match[1] if match else ""


@pytest.mark.exhaustive
def test_each_broken_property_is_reported_once(
    monkeypatch: pytest.MonkeyPatch,
    registry: FakeRegistry,
) -> None:
    plant_lost_delete(monkeypatch)
    progress = NotedProgress()

    result = check(WsgiTarget(registry.wsgi_app), progress, examples=10, areas=frozenset({"blobs"}))

    assert ids_of(result) == {"blob-absent", "blob-delete-absent"}
    assert sorted(progress.found) == ["blob-absent", "blob-delete-absent"]
    assert progress.is_closed
    assert {each.id for each in result.with_verdict("broken")} == ids_of(result)
    assert {each.area for each in result.with_verdict("not selected")} >= {"protocol"}


def test_areas_that_are_not_selected_are_not_reported(
    monkeypatch: pytest.MonkeyPatch,
    registry: FakeRegistry,
) -> None:
    plant_lost_delete(monkeypatch)

    result = check(WsgiTarget(registry.wsgi_app), areas=select_areas(skip=["blobs"]))

    assert ids_of(result) & {"blob-absent", "blob-delete-absent"} == set()


@pytest.mark.exhaustive
def test_ctrl_c_ends_a_run_with_its_findings(
    monkeypatch: pytest.MonkeyPatch,
    registry: FakeRegistry,
) -> None:
    plant_lost_delete(monkeypatch)

    def interrupt_later(example: int) -> None:
        if example == 30:
            raise KeyboardInterrupt

    result = check(WsgiTarget(registry.wsgi_app), NotedProgress(interrupt_later), examples=1000)

    assert result.end == "interrupted"
    assert result.findings


def ticks() -> Callable[[], float]:
    """Return a clock on which each reading takes a second."""
    return map(float, count()).__next__


def test_time_limit_ends_a_run_in_the_middle_of_an_example(registry: FakeRegistry) -> None:
    result = check(WsgiTarget(registry.wsgi_app), examples=1_000_000, max_seconds=200, clock=ticks())

    assert (result.end, result.findings, result.leftovers) == ("time limit", (), "")
    assert registry.tree() == FakeRegistry(OPEN).tree()


@pytest.mark.exhaustive
def test_finding_that_is_being_made_shorter_is_reported_at_the_time_limit(
    monkeypatch: pytest.MonkeyPatch,
    registry: FakeRegistry,
) -> None:
    plant_lost_delete(monkeypatch)

    result = check(
        WsgiTarget(registry.wsgi_app), examples=1_000_000, max_seconds=1500, clock=ticks(), areas=frozenset({"blobs"})
    )

    assert result.end == "time limit"
    assert "blob-delete-absent" in ids_of(result)


def test_request_without_a_response_is_a_finding(registry: FakeRegistry) -> None:
    def hang(request: RawRequest) -> None:
        if request.method == "DELETE" and f"/{'0' * 64}" not in request.path and "probe" not in request.path:
            raise TargetFailed("expected a response within 30 seconds, found none")

    result = check(InterceptedTarget(registry, hang), examples=10, areas=frozenset({"blobs", "protocol"}))

    found = {finding.property.id: finding for finding in result.findings}
    assert found["no-response"].found == "expected a response within 30 seconds, found none"
    assert "< no response: expected a response within 30 seconds" in found["no-response"].transcript


def test_registry_that_stops_responding_cannot_be_tested(registry: FakeRegistry) -> None:
    progress = NotedProgress()

    def disconnect(request: RawRequest) -> None:
        if progress.examples >= 3:
            raise TargetFailed("connection refused")

    result = check(InterceptedTarget(registry, disconnect), progress, examples=5)

    assert (result.end, result.failure) == ("registry gone", "connection refused")


def test_a_registry_that_is_unreachable_cannot_be_tested(registry: FakeRegistry) -> None:
    def refuse(_: RawRequest) -> NoReturn:
        raise TargetFailed("connection refused")

    with pytest.raises(CheckRefused, match="connection refused"):
        check(InterceptedTarget(registry, refuse))


def test_a_web_site_cannot_be_tested(registry: FakeRegistry) -> None:
    def answer_html(_: RawRequest) -> RawResponse:
        return RawResponse(200, (("Content-Type", "text/html"),), b"<html>")

    with pytest.raises(CheckRefused, match="found an HTML page"):
        check(InterceptedTarget(registry, answer_html))


def test_a_registry_that_takes_no_push_cannot_be_tested(registry: FakeRegistry) -> None:
    def refuse(request: RawRequest) -> RawResponse | None:
        return RawResponse(403, (), b"") if request.method == "POST" else None

    with pytest.raises(CheckRefused, match=r"^expected that an image can be pushed to registry-check/"):
        check(InterceptedTarget(registry, refuse))


def test_run_that_is_interrupted_while_it_begins_leaves_nothing(registry: FakeRegistry) -> None:
    def interrupt(request: RawRequest) -> None:
        if request.path.startswith("/v2/_catalog"):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check(InterceptedTarget(registry, interrupt))

    assert registry.requests.where(method="PUT", status=201)
    assert registry.tree() == FakeRegistry(OPEN).tree()


def test_content_that_cannot_be_removed_is_reported(registry: FakeRegistry) -> None:
    def keep(request: RawRequest) -> RawResponse | None:
        return RawResponse(405, (), b"") if request.method == "DELETE" else None

    result = check(InterceptedTarget(registry, keep), examples=3)

    assert re.fullmatch(
        r"\d+ items could not be removed from \d+ repositories, such as registry-check/\w+/.+: "
        r"(DELETE was answered 405|the registry does not offer to delete them)",
        result.leftovers,
    )


def test_wrong_status_of_the_right_class_is_a_property_of_its_own(registry: FakeRegistry) -> None:
    forwarded = WsgiTarget(registry.wsgi_app)

    def answer_204(request: RawRequest) -> RawResponse | None:
        if request.method != "DELETE" or "/blobs/sha256" not in request.path:
            return None
        response = forwarded.send(request)
        return replace(response, status=204) if response.status == 202 else response

    result = check(InterceptedTarget(registry, answer_204), examples=10, areas=frozenset({"blobs"}))

    verdicts = {each.property.id: each.verdict for each in result.outcomes}
    assert ids_of(result) == {"blob-delete-exact-status"}
    assert verdicts["blob-delete-exact-status"] == "broken"
    assert verdicts["blob-delete"] == "holds"


def test_content_can_be_kept(registry: FakeRegistry) -> None:
    result = check(WsgiTarget(registry.wsgi_app), examples=3, keeps_content=True)

    assert result.leftovers == ""
    assert registry.repositories() or registry.tree() != FakeRegistry(OPEN).tree()


@pytest.mark.exhaustive
def test_the_same_seed_gives_the_same_requests() -> None:
    first, second = (FakeRegistry(OPEN) for _ in range(2))
    for registry in (first, second):
        check(WsgiTarget(registry.wsgi_app), seed=7, examples=5)

    assert methods_of(first) == methods_of(second)


def methods_of(registry: FakeRegistry) -> list[tuple[str, int | None]]:
    return [(each.method, each.status) for each in registry.requests]


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (401, "the registry does not accept this user any more (401)"),
        (429, "the registry limits the number of requests (429)"),
    ],
)
def test_refusal_of_everything_ends_the_run_without_a_finding(status: int, failure: str) -> None:
    sent = count()
    refusal = RawResponse(status, (), b"")
    target = InterceptedTarget(
        FakeRegistry(OPEN),
        lambda _: refusal if next(sent) > 100 else None,
    )

    result = check(target)

    assert (result.end, result.failure, result.findings) == ("registry gone", failure, ())


def test_refusal_of_one_request_is_a_finding() -> None:
    refusal = RawResponse(401, (), b"")
    target = InterceptedTarget(
        FakeRegistry(OPEN),
        lambda request: refusal if request.method == "DELETE" and "/blobs/sha" in request.path else None,
    )

    result = check(target, examples=20)

    assert result.end == "complete"
    assert "blob-delete" in [finding.property.id for finding in result.findings]


def test_threads_end_with_the_time_and_leave_nothing() -> None:
    """Each request takes a second: a few hundred of them would follow."""
    registry = FakeRegistry(OPEN)
    seconds = count()
    late: list[str] = []
    end = 100

    def note(request: RawRequest) -> None:
        if next(seconds) > end:
            late.append(request.path)

    result = check(
        WsgiTarget(registry.wsgi_app),
        new_target=lambda: InterceptedTarget(registry, note),
        clock=lambda: float(next(seconds)),
        areas=select_areas(only=["concurrency"]),
        max_seconds=end,
    )

    assert (result.end, result.findings) == ("time limit", ())
    assert len(late) <= 16, "a request of each thread may be on its way"
    assert registry.tree() == FakeRegistry(OPEN).tree()
