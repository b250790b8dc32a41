"""The shell script of a finding, run as it stands against a server with and without the bug."""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from fake_registry import FakeRegistry
from pytest_acr.harness.check.curl import shell_script_of
from pytest_acr.harness.findings import Finding, RawExchange, TakenStep
from pytest_acr.harness.messages import RawRequest, RawResponse, SentTo
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.properties.blobs import BLOB_GET
from tests.support.check_findings import (
    OPEN,
    SECRET,
    finding_of_lost_delete,
    hostile_finding,
    plant_lost_delete,
)

SHELL: Final = shutil.which("sh")
STATUS: Final = re.compile(r"^HTTP/1\.1 (\d+)", re.MULTILINE)

with_curl = pytest.mark.skipif(
    shutil.which("curl") is None or SHELL is None,
    reason="sh and curl are not installed",
)


def run_script(script: str, registry_url: str, folder: Path, **variables: str) -> str:
    file = folder / "finding.sh"
    file.write_text(script, encoding="utf-8")
    environment = {"PATH": os.environ["PATH"], "REGISTRY": registry_url, **variables}
    command = [str(SHELL), str(file)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.stdout


def finding_with(*exchanges: RawExchange) -> Finding:
    return Finding(
        property=BLOB_GET,
        expected="status 200",
        found="status 404",
        transcript=exchanges,
        steps=[TakenStep("get_blob", {"repository": 0, "which": 0})],
        repositories=["registry-check/0a", "registry-check/0b"],
    )


@with_curl
def test_script_shows_the_status_of_the_finding(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    plant_lost_delete(monkeypatch)
    finding = finding_of_lost_delete()

    with FakeRegistry(OPEN).serve() as server:
        output = run_script(shell_script_of(finding), server.url, tmp_path)

    assert list(map(int, STATUS.findall(output))) == [each.response.status for each in finding.transcript]
    assert output.endswith(f"\n\nexpected: {finding.expected}\n")


@with_curl
def test_script_shows_another_status_once_the_bug_is_corrected(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    with monkeypatch.context() as planted:
        plant_lost_delete(planted)
        finding = finding_of_lost_delete()

    with FakeRegistry(OPEN).serve() as server:
        output = run_script(shell_script_of(finding), server.url, tmp_path)

    assert STATUS.findall(output)[-1] == "404"
    assert finding.transcript[-1].response.status == 200


@with_curl
@pytest.mark.parametrize(
    "body",
    [b"", b"@name", b"it's $HOME `x` \"\\", b"\x00\xff\n", b"line\n" * 1000, b"x" * 200_000],
    ids=["empty", "at sign", "quotes", "binary", "lines", "long"],
)
def test_bodies_arrive_as_they_are(body: bytes, tmp_path: Path) -> None:
    begun = RawRequest("POST", "/v2/registry-check/0a/blobs/uploads/")
    chunk = RawRequest("PATCH", "", (("Content-Type", "a/b"),), body, SentTo(0, ""))
    end = RawRequest("PUT", "", (), b"", SentTo(1, f"&digest={digest_of(body)}"))
    response = RawResponse(202, (), b"")
    finding = finding_with(*(RawExchange(each, response) for each in (begun, chunk, end)))

    with FakeRegistry(OPEN).serve() as server:
        output = run_script(shell_script_of(finding), server.url, tmp_path)

    assert STATUS.findall(output) == ["202", "202", "201"]


@with_curl
def test_script_of_hostile_texts_runs_nothing_of_them(tmp_path: Path) -> None:
    script = shell_script_of(hostile_finding())
    with FakeRegistry(OPEN).serve() as server:
        output = run_script(script, server.url, tmp_path, AUTHORIZATION="Basic x")

    assert STATUS.findall(output) == ["400"]
    assert SECRET not in script
    assert "\x1b" not in script


def test_repositories_are_variables_also_in_queries() -> None:
    path = "/v2/registry-check/0b/blobs/uploads/?mount=x&from=registry-check%2F0a"
    exchange = RawExchange(RawRequest("POST", path), RawResponse(201, (), b""))

    script = shell_script_of(finding_with(exchange), registry="http://localhost:5000")

    last = next(line for line in script.splitlines() if line.startswith("curl -X"))
    options = "curl -X POST -H 'Content-Type:' --data-binary ''"
    assert last == f'{options} "$REGISTRY/v2/${{BASE}}b/blobs/uploads/?mount=x&from=${{BASE}}a"'
    assert "BASE=${REPOSITORY:-registry-check}/curl-" in script
    assert "REGISTRY=${REGISTRY:-http://localhost:5000}" in script


def test_a_head_request_and_an_empty_header_are_written_for_curl() -> None:
    request = RawRequest("HEAD", "/v2/registry-check/0a/manifests/a", (("Accept", "a/b"), ("X-Empty", "")))

    script = shell_script_of(finding_with(RawExchange(request, RawResponse(404, (), b""))))

    assert ("curl --head --location -H 'Accept: a/b' -H 'X-Empty;' \"$REGISTRY/v2/${BASE}a/manifests/a\"\n") in script
