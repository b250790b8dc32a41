"""The reports of a run: JUnit, JSON, HTML and text, also of hostile texts."""

import json
import re
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as Xml

import pytest

from pytest_acr.harness.check.finding_texts import texts_of
from pytest_acr.harness.check.options import CheckOptions
from pytest_acr.harness.check.report_files import REPORTS, write_reports
from pytest_acr.harness.check.report_html import html_report
from pytest_acr.harness.check.report_json import json_report
from pytest_acr.harness.check.report_junit import junit_report
from pytest_acr.harness.check.report_text import finding_text, summary_text
from pytest_acr.harness.check.result import CheckResult, PropertyOutcome, Verdict
from pytest_acr.harness.properties.blobs import BLOB_GET, BLOB_HEAD, RANGE_PART, SINGLE_POST
from pytest_acr.harness.properties.uploads import MOUNT, MOUNT_STATUS
from tests.support.check_findings import HOSTILE, SECRET, hostile_finding

REGISTRY: Final = "http://127.0.0.1:5000"

VERDICTS: Final[dict[str, Verdict]] = {
    BLOB_GET.id: "broken",
    BLOB_HEAD.id: "holds",
    RANGE_PART.id: "not selected",
    SINGLE_POST.id: "not checked",
}


@pytest.fixture
def result() -> CheckResult:
    """A result with a finding whose every text is hostile, and with one property of each verdict."""
    options = CheckOptions(registry="http://127.0.0.1:5000")
    return CheckResult(
        version="1.2",
        registry=options.registry,
        dialect="strict",
        seed=7,
        examples=100,
        areas=[],
        not_offered=["sha512"],
        outcomes=[
            PropertyOutcome(property=each, verdict=VERDICTS[each.id], checks=3)
            for each in (BLOB_GET, BLOB_HEAD, RANGE_PART, SINGLE_POST)
        ],
        findings=[texts_of(hostile_finding(), options)],
        end="complete",
        requests=1234,
        seconds=5.25,
        leftovers=HOSTILE,
    )


def test_junit_has_a_test_case_for_each_property(result: CheckResult) -> None:
    [suite] = Xml.fromstring(junit_report(result))

    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped", "time")} == {
        "tests": "4",
        "failures": "1",
        "errors": "0",
        "skipped": "2",
        "time": "5.250",
    }
    found = {case.get("name"): [child.tag for child in case] for case in suite}
    assert found == {
        "blob-get": ["failure"],
        "blob-head": [],
        "range-part": ["skipped"],
        "single-post": ["skipped"],
    }
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert "> PUT /v2/registry-check/0a/blobs/uploads/1" in str(failure.text)
    assert {case.get("classname") for case in suite} == {"registry-check.blobs"}


def test_json_has_the_documented_shape(result: CheckResult) -> None:
    document = json.loads(json_report(result))

    assert document["format"] == "registry-check"
    assert document["version"] == 1
    assert {each["id"]: each["verdict"] for each in document["properties"]} == VERDICTS
    [finding] = document["findings"]
    assert finding["property"] == "blob-get"
    assert finding["replay"] == {"property": "blob-get", "steps": [["get_blob", {"repository": 0, "which": 0}]]}
    page = Path("docs/how-to/checking-a-registry.md").read_text(encoding="utf-8")
    for name in (*document, *document["properties"][0], *finding):
        assert f"`{name}`" in page


class TagReader(HTMLParser):
    """Notes tags, the values of attributes that load something, and the text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loaded: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loaded += [str(value) for name, value in attrs if name in ("src", "href")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_is_one_file_without_a_script(result: CheckResult) -> None:
    reader = TagReader()
    reader.feed(html_report(result))

    assert reader.tags & {"script", "img", "link", "iframe", "object"} == set()
    assert [each for each in reader.loaded if not each.startswith("#")] == []
    assert "<script>alert(1)</script>" in reader.text
    assert "prefers-color-scheme: dark" in reader.text


def test_html_escapes_what_a_registry_has_chosen(result: CheckResult) -> None:
    page = html_report(result)

    assert page.count("<script") == 0
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "\x1b" not in page


@pytest.mark.parametrize("suffix", REPORTS)
def test_reports_have_no_secret_and_can_be_written(
    suffix: str,
    result: CheckResult,
    tmp_path: Path,
) -> None:
    file = tmp_path / f"report{suffix}"

    write_reports(result, [file])

    text = file.read_text(encoding="utf-8")
    assert SECRET not in text
    assert "secret-state" not in text
    assert re.search("blob-get", text)


def test_text_names_what_is_broken_and_how_to_repeat_it(result: CheckResult) -> None:
    [finding] = result.findings

    text = finding_text(finding, 3)

    assert text.startswith("3. blob-get (effect, MUST, distribution-spec v1.1.1, Pulling blobs)\n")
    assert "registry-check http://127.0.0.1:5000 --like strict --replay '{" in text
    assert SECRET not in text
    assert [each for each in text if not each.isprintable() and each != "\n"] == []


def test_area_without_any_checked_property_is_one_entry(result: CheckResult) -> None:
    outcomes = [
        PropertyOutcome(property=each, verdict="not checked", checks=0) for each in (SINGLE_POST, MOUNT, MOUNT_STATUS)
    ]

    summary = summary_text(replace(result, outcomes=[*outcomes, *result.outcomes]))

    assert "\nnot checked: single-post, single-post, all 2 of mounts\n" in summary


def test_command_has_the_name_to_which_the_registry_takes_pushes() -> None:
    options = CheckOptions(registry="http://127.0.0.1:5000", repository="mine/check")

    command = texts_of(hostile_finding(), options).command

    assert command.startswith("registry-check http://127.0.0.1:5000 --repository mine/check --like strict ")


def test_summary_counts_and_names(result: CheckResult) -> None:
    complete = summary_text(replace(result, leftovers="", end="complete"))

    assert complete == (
        "1 broken, 1 hold, 1 not checked; 1,234 requests in 5 s\n"
        "  blob-get (effect, MUST): GET of a blob that was pushed is 200 with exactly its bytes.\n"
        "not checked: single-post\n"
        "not offered: sha512\n"
        "repeat it with --seed 7 --examples 100 --like strict\n"
    )
    chosen = replace(result, areas=["blobs", "tags"])
    assert "repeat it with --only blobs --only tags --seed 7 " in summary_text(chosen)
    assert "ended early: time limit\n" in summary_text(replace(result, end="time limit"))
    assert "left behind: 3 items\n" in summary_text(replace(result, leftovers="3 items"))


def test_no_text_has_a_secret_that_the_registry_repeats() -> None:
    basic = b64encode(b"me:pass word").decode()
    repeated = json.dumps({"message": f"HTTP_AUTHORIZATION: Basic {basic} of me:pass word"})
    exchange = hostile_finding().transcript[0]
    response = replace(exchange.response, body=repeated.encode())
    finding = replace(
        hostile_finding(),
        expected=f"Bearer {SECRET}",
        found=f"status 400, {repeated}",
        transcript=[exchange._replace(response=response)],
    )

    texts = texts_of(finding, CheckOptions(registry=REGISTRY, secrets=(basic, "pass word")))

    assert "of me:***" in texts.found
    for secret in (basic, "pass word", SECRET):
        assert secret not in repr(texts)
        assert secret not in repr(CheckOptions(registry=REGISTRY, secrets=(secret,)))
