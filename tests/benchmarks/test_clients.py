"""The benchmark of many clients: its rows, and that its program finds what a registry does wrong."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.__main__ import main
from benchmarks.clients import Found, build, rows_of_ours, run_clients
from fake_registry import Corrupt, FakeRegistry, Fault, Refuse, Settings

GOOD = Found(
    seconds=2.0,
    requests=100,
    connections=4,
    lost_connections=0,
    bytes=2_000_000,
    failures=0,
    wrong_digests=0,
    first_failure="",
    small_gets=50,
    p50_ms=3.0,
    p99_ms=250.0,
    max_ms=300.0,
    grown_mb=40.0,
)
"""What meets each goal just so."""


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("go") is None:
        pytest.skip("Go is not installed (Debian: apt-get install golang-go)")
    return build(tmp_path_factory.mktemp("clients"))


@pytest.fixture
def registry() -> FakeRegistry:
    return FakeRegistry(Settings(profile="oci", auth="off"))


def found_by_clients(program: Path, registry: FakeRegistry) -> Found:
    with registry.serve(tls=True) as server:
        assert server.ca_file is not None
        return run_clients(program, server.url, server.ca_file, clients=4, seconds=0.2)


def missed(found: Found) -> list[str]:
    return [row.benchmark for row in rows_of_ours("load", found) if row.verdict == "MISS"]


def test_goals_are_met_by_their_bounds() -> None:
    assert missed(GOOD) == []


@pytest.mark.parametrize(
    ("found", "row"),
    [
        (replace(GOOD, failures=1, first_failure="why"), "load: failed requests"),
        (replace(GOOD, wrong_digests=1, first_failure="why"), "load: wrong digests"),
        (replace(GOOD, p99_ms=251.0), "load: small GET, p99"),
        (replace(GOOD, grown_mb=41.0), "load: growth, after a reset"),
    ],
)
def test_each_goal_is_missed_by_itself(found: Found, row: str) -> None:
    assert missed(found) == [row]


def test_first_failure_is_a_row() -> None:
    rows = rows_of_ours("load", replace(GOOD, failures=1, first_failure="expected 200, found 500"))

    assert "expected 200, found 500" in [row.figure for row in rows]


def test_part_without_go_is_not_installed(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert main(["clients"]) == 0
    assert "not installed: Go" in capsys.readouterr().out


def test_clients_find_nothing_wrong(program: Path, registry: FakeRegistry) -> None:
    found = found_by_clients(program, registry)

    assert (found.failures, found.wrong_digests, found.lost_connections) == (0, 0, 0)
    assert found.first_failure == ""
    assert found.small_gets > 0
    assert {one.endpoint for one in registry.requests} >= {"manifest.put", "tags.list", "blob.head"}


@pytest.mark.parametrize("endpoint", ["manifest.get", "blob.get"])
def test_clients_count_content_of_another_digest(
    program: Path,
    registry: FakeRegistry,
    endpoint: str,
) -> None:
    registry.faults.add(Fault(endpoint, Corrupt()))

    found = found_by_clients(program, registry)

    assert found.wrong_digests > 0
    assert found.first_failure.startswith("wrong digest: GET /v2/load/repository-")


def test_clients_count_failed_requests(program: Path, registry: FakeRegistry) -> None:
    registry.faults.add(Fault("blob.head", Refuse(503)))

    found = found_by_clients(program, registry)

    assert found.failures > 0
    assert "expected 200, found 503" in found.first_failure
