"""Faults: every effect, with the arguments that it has."""

from typing import assert_type

import pytest

from fake_registry import (
    ActiveFault,
    AlterManifest,
    AwkwardToken,
    BadChallenge,
    BigManifest,
    BlindToAccept,
    Call,
    Compress,
    Corrupt,
    Delay,
    Disconnect,
    DropHeader,
    DuplicatePage,
    EmptyParameterLink,
    ExpireToken,
    FakeRegistry,
    Fault,
    FaultPlan,
    ForeignLink,
    ForgetUpload,
    IgnoreRange,
    Lag,
    LoopLink,
    LoseItems,
    MoveTag,
    MoveUpload,
    NoReferrersApi,
    NotJson,
    NullList,
    RedirectTo,
    Refuse,
    Reorder,
    Revoke,
    SetHeader,
    ShortRange,
    Slow,
    StaleRange,
    Stall,
    Throttle,
    Truncate,
    VanishManifest,
    WrongDigest,
    WrongRel,
    WrongScope,
    WrongType,
    ZeroChunk,
)

FAULTS: list[Fault] = [
    # connections and bodies
    Fault("blob.get", Compress()),
    Fault("blob.get", Corrupt(offset=1)),
    Fault("*", Delay(seconds=30, jitter=0.5, seed=7)),
    Fault("upload.chunk", Disconnect(how="close"), when="after", skip=1, times=1),
    Fault("tags.list", NotJson()),
    Fault("blob.get", Slow(bytes_per_second=0.5)),
    Fault("blob.get", Stall(after=4)),
    Fault("blob.get", Truncate(4)),
    # answers
    Fault("manifest.get", DropHeader("Docker-Content-Digest")),
    Fault("*", Refuse(503, code="X", message="busy", retry_after=1), probability=0.5, seed=7),
    Fault("*", Refuse(body="<html>", content_type="text/html"), optional=True),
    Fault("manifest.get", SetHeader("Docker-Content-Digest", "sha256:00")),
    Fault("*", Throttle(rate=1, per=60.0), repository="samples/*"),
    Fault("manifest.get", WrongDigest(), reference="1.*"),
    Fault("manifest.get", WrongType("text/html")),
    # logins
    Fault("oauth.token", AwkwardToken()),
    Fault("*", BadChallenge("missing")),
    Fault("manifest.get", ExpireToken()),
    Fault("manifest.get", Revoke()),
    Fault("oauth.token", WrongScope(scope="repository:other:pull")),
    # manifests, uploads and downloads
    Fault("manifest.get", AlterManifest()),
    Fault("manifest.get", BigManifest(size=5_000_000)),
    Fault("manifest.get", BlindToAccept()),
    Fault("upload.chunk", ForgetUpload()),
    Fault("blob.get", IgnoreRange()),
    Fault("manifest.get", Lag(seconds=60)),
    Fault("manifest.get", MoveTag(to="2.0")),
    Fault("upload.start", MoveUpload(host="example.com")),
    Fault("referrers.list", NoReferrersApi()),
    Fault("blob.get", RedirectTo("example.com", expires=60, status=308)),
    Fault("blob.get", ShortRange(size=2)),
    Fault("upload.chunk", StaleRange()),
    Fault("manifest.get", VanishManifest()),
    Fault("blob.get", ZeroChunk()),
    # pages
    Fault("tags.list", DuplicatePage(items=2)),
    Fault("tags.list", EmptyParameterLink(parameter="filter")),
    Fault("tags.list", ForeignLink("example.com")),
    Fault("tags.list", LoopLink()),
    Fault("tags.list", LoseItems(count=1)),
    Fault("tags.list", NullList()),
    Fault("tags.list", Reorder(seed=7)),
    Fault("tags.list", WrongRel(rel="last")),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_fault_is_added_and_ended(fault: Fault) -> None:
    registry = FakeRegistry()
    plan = assert_type(registry.faults, FaultPlan)

    with assert_type(plan.add(fault), ActiveFault) as active:
        assert assert_type(active.fault, Fault) is fault
        assert assert_type(active.hits, int) == 0
        assert list(plan) == [active]

    assert list(plan) == []


def test_condition_gets_a_call() -> None:
    def is_of_ours(call: Call) -> bool:
        return call.repository.startswith("ours/")

    fault = Fault("manifest.*", Refuse(), where=is_of_ours)

    assert fault.where is is_of_ours


def test_outage_is_a_context_manager() -> None:
    registry = FakeRegistry()

    with registry.down():
        assert assert_type(registry.faults.is_down, bool)

    assert not registry.faults.is_down
