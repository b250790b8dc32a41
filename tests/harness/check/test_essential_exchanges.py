"""Reads that a finding does not need are left out of its transcript."""

import pytest

from fake_registry import FakeRegistry
from pytest_acr.harness.check.essential_exchanges import leave_out_reads
from pytest_acr.harness.findings import Finding, RawExchange, TakenStep
from pytest_acr.harness.messages import RawRequest, RawResponse, SentTo, TargetFailed
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties.blobs import BLOB_GET
from pytest_acr.harness.wsgi_target import WsgiTarget
from tests.support.check_findings import OPEN
from tests.support.check_runs import InterceptedTarget

OLD = "registry-check/x/12"
NEW = "registry-check/x/found0"
DIGEST = digest_of(b"a")

PUSH = [
    RawRequest("POST", f"/v2/{OLD}a/blobs/uploads/"),
    RawRequest("GET", f"/v2/{OLD}a/blobs/{digest_of(b'other')}"),
    RawRequest("PUT", "", (), b"a", SentTo(0, f"&digest={DIGEST}")),
]
HEAD = RawRequest("HEAD", f"/v2/{OLD}a/blobs/{DIGEST}")
GET = RawRequest("GET", f"/v2/{OLD}a/blobs/{DIGEST}")


def finding_of(*requests: RawRequest, status: int = 200, body: bytes = b"a") -> Finding:
    """A finding whose last response is as the fake sends it, or as the arguments say."""
    headers = (("Content-Type", "application/octet-stream"), ("Docker-Content-Digest", DIGEST))
    others = [RawExchange(each, RawResponse(0, (), b"")) for each in requests[:-1]]
    return Finding(
        property=BLOB_GET,
        expected="another response",
        found="this one",
        transcript=[*others, RawExchange(requests[-1], RawResponse(status, headers, body))],
        steps=[TakenStep("get_blob", {"repository": 0, "which": 0})],
        repositories=[f"{OLD}a", f"{OLD}b"],
    )


@pytest.fixture
def target() -> WsgiTarget:
    return WsgiTarget(FakeRegistry(OPEN).wsgi_app)


def methods_of(finding: Finding) -> list[tuple[str, int]]:
    return [(request.method, response.status) for request, response in finding.transcript]


def test_reads_of_something_else_are_left_out(target: WsgiTarget) -> None:
    shorter = leave_out_reads(finding_of(*PUSH, GET), target, NEW)

    assert methods_of(shorter) == [("POST", 202), ("PUT", 201), ("GET", 200)]
    assert shorter.transcript[1].request.sent_to == SentTo(0, f"&digest={DIGEST}")
    assert shorter.transcript[2].request.path == f"/v2/{NEW}a/blobs/{DIGEST}"
    assert shorter.repositories == [f"{NEW}a", f"{NEW}b"]


def test_earlier_reads_of_the_same_content_stay(target: WsgiTarget) -> None:
    shorter = leave_out_reads(finding_of(*PUSH, HEAD, GET), target, NEW)

    assert methods_of(shorter) == [("POST", 202), ("PUT", 201), ("HEAD", 200), ("GET", 200)]


@pytest.mark.parametrize("other", [{"status": 404}, {"body": b"b"}])
def test_transcript_stays_if_the_last_response_is_another_one(
    other: dict[str, int],
    target: WsgiTarget,
) -> None:
    finding = finding_of(*PUSH, GET, **other)  # type: ignore[arg-type]

    assert leave_out_reads(finding, target, NEW) is finding


def test_nothing_is_sent_if_each_exchange_is_needed() -> None:
    def fail(_: RawRequest) -> None:
        raise TargetFailed("expected nothing to be sent")

    finding = finding_of(PUSH[0], GET)

    assert leave_out_reads(finding, InterceptedTarget(FakeRegistry(OPEN), fail), NEW) is finding


def test_absent_response_is_shown_again() -> None:
    def hang(request: RawRequest) -> None:
        if request.method == "GET":
            raise TargetFailed("no response")

    registry = FakeRegistry(OPEN)
    shorter = leave_out_reads(finding_of(*PUSH, GET, status=0), InterceptedTarget(registry, hang), NEW)

    assert methods_of(shorter) == [("POST", 202), ("PUT", 201), ("GET", 0)]
