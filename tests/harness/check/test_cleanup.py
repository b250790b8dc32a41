"""What a run has pushed is followed, and removed as far as the registry offers it."""

import pytest

from fake_registry import FakeRegistry
from pytest_acr.harness.capabilities import Capabilities
from pytest_acr.harness.check.cleanup import clean_up
from pytest_acr.harness.check.run_content import RunContent
from pytest_acr.harness.messages import RawRequest, RawResponse, TargetFailed
from tests.support.check_findings import OPEN
from tests.support.check_runs import InterceptedTarget

ALL = Capabilities(delete_blobs=True, delete_manifests=True, delete_tags=True)
DIGEST = f"sha256:{'1' * 64}"


def pushed_with(*calls: tuple[str, str, int], location: str = "") -> RunContent:
    pushed = RunContent("mine")
    for method, path, status in calls:
        headers = (("Location", location),) if location else ()
        pushed.note(RawRequest(method, path, body=b"{}"), RawResponse(status, headers, b""))
    return pushed


def deletes_of(pushed: RunContent, capabilities: Capabilities, status: int = 202) -> list[str]:
    sent: list[str] = []

    def answer(request: RawRequest) -> RawResponse:
        sent.append(f"{request.method} {request.path}")
        return RawResponse(status, (), b"")

    target = InterceptedTarget(FakeRegistry(OPEN), answer)
    clean_up(target, pushed, capabilities, is_over=lambda: False)
    return sent


@pytest.mark.parametrize(
    ("calls", "removed"),
    [
        ([("PUT", f"/v2/mine/a/blobs/uploads/1?digest={DIGEST}", 201)], [f"blobs/{DIGEST}"]),
        ([("POST", f"/v2/mine/a/blobs/uploads/?mount={DIGEST}&from=b", 201)], [f"blobs/{DIGEST}"]),
        ([("POST", f"/v2/mine/a/blobs/uploads/?digest={DIGEST}", 400)], []),
        ([("PUT", f"/v2/mine/a/manifests/{DIGEST}", 201)], [f"manifests/{DIGEST}"]),
        (
            [("PUT", f"/v2/mine/a/manifests/{DIGEST}", 201), ("DELETE", f"/v2/mine/a/manifests/{DIGEST}", 202)],
            [],
        ),
        ([("PUT", f"/v2/theirs/a/manifests/{DIGEST}", 201)], []),
        ([("PUT", f"/v2/mineral/a/manifests/{DIGEST}", 201)], []),
        ([("GET", f"/v2/mine/a/manifests/{DIGEST}", 200)], []),
    ],
)
def test_acknowledged_content_is_removed(calls: list[tuple[str, str, int]], removed: list[str]) -> None:
    assert deletes_of(pushed_with(*calls), ALL) == [f"DELETE /v2/mine/a/{each}" for each in removed]


def test_unfinished_upload_is_cancelled_at_its_last_location() -> None:
    pushed = pushed_with(
        ("POST", "/v2/mine/a/blobs/uploads/", 202),
        ("PATCH", "/v2/mine/a/blobs/uploads/1?_state=0", 202),
        location="/v2/mine/a/blobs/uploads/1?_state=1",
    )

    assert deletes_of(pushed, ALL) == ["DELETE /v2/mine/a/blobs/uploads/1?_state=1"]


def test_manifests_go_last_to_first() -> None:
    other = DIGEST.replace("1", "2")
    pushed = pushed_with(
        ("PUT", f"/v2/mine/a/manifests/{DIGEST}", 201),
        ("PUT", f"/v2/mine/a/manifests/{other}?tag=one", 201),
    )

    sent = deletes_of(pushed, ALL)

    assert sent == [f"DELETE /v2/mine/a/manifests/{each}" for each in (other, DIGEST)]


def test_nothing_is_sent_that_the_registry_does_not_offer() -> None:
    pushed = pushed_with(("PUT", "/v2/mine/a/manifests/latest", 201))

    assert deletes_of(pushed, Capabilities()) == []
    assert deletes_of(pushed, Capabilities(delete_tags=True)) == ["DELETE /v2/mine/a/manifests/latest"]


@pytest.mark.parametrize("name", ["mine/a", "mine%2Fa"])
def test_locks_are_opened_and_the_repository_of_acr_is_deleted(name: str) -> None:
    pushed = pushed_with(
        ("PUT", "/v2/mine/a/manifests/latest", 201),
        ("PATCH", f"/acr/v1/{name}/_tags/latest", 200),
        ("PATCH", f"/acr/v1/{name}", 200),
    )

    assert deletes_of(pushed, Capabilities(acr=True)) == [
        f"PATCH /acr/v1/{name}/_tags/latest",
        f"PATCH /acr/v1/{name}",
        "DELETE /acr/v1/mine/a",
    ]


def test_locks_are_opened_in_a_repository_whose_name_is_escaped() -> None:
    pushed = pushed_with(
        ("PUT", "/v2/mine/a/manifests/latest", 201),
        ("PATCH", "/acr/v1/mine%2Fa/_tags/latest", 200),
    )

    assert deletes_of(pushed, Capabilities(acr=True)) == [
        "PATCH /acr/v1/mine%2Fa/_tags/latest",
        "DELETE /acr/v1/mine/a",
    ]


def test_remaining_content_is_named() -> None:
    pushed = pushed_with(
        ("PUT", "/v2/mine/a/manifests/latest", 201),
        ("PUT", "/v2/mine/b/manifests/latest", 201),
    )

    def hang(_: RawRequest) -> None:
        raise TargetFailed("no response")

    target = InterceptedTarget(FakeRegistry(OPEN), hang)
    left = clean_up(target, pushed, ALL, is_over=lambda: False)

    assert str(left) == ("4 items could not be removed from 2 repositories, such as mine/a: no response")


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_clean_up_ends_in_time(*, is_interrupted: bool) -> None:
    pushed = pushed_with(("PUT", "/v2/mine/a/manifests/latest", 201))

    def interrupt(_: RawRequest) -> None:
        raise KeyboardInterrupt

    target = InterceptedTarget(FakeRegistry(OPEN), interrupt)
    left = clean_up(target, pushed, ALL, is_over=lambda: not is_interrupted)

    reason = "interrupted" if is_interrupted else "the time for it was over"
    assert str(left) == f"2 items could not be removed from mine/a: {reason}"
