"""The report of a sweep: its table, its JSON, and its error."""

import json
from dataclasses import replace

import pytest

from pytest_acr import RunOutcome, SweepReport, SweptRun
from pytest_acr.sweeping.table import table_text

BROKEN = SweptRun(
    case="upload.chunk#2:Truncate",
    outcome=RunOutcome.BROKEN,
    reason="it passed, but",
    exchange="#3 PATCH /v2/a/blobs/uploads/1 -> 202",
    error="KeyError: 'Location'",
    line="tests/test_push.py:31: client.push()",
)
REPORT = SweepReport(
    calls=("upload.start#1", "upload.chunk#2"),
    effects=("Refuse(503)", "Truncate", "Corrupt"),
    runs=(
        SweptRun(case="upload.start#1:Refuse(503)", outcome=RunOutcome.SURVIVED),
        SweptRun(case="upload.start#1:Truncate", outcome=RunOutcome.IDLE, reason="too short"),
        SweptRun(case="upload.chunk#2:Refuse(503)", outcome=RunOutcome.FAILED),
        BROKEN,
    ),
    possible=6,
    seed=7,
    notes=("a note",),
)

TABLE = """\
2 calls, 4 runs: 1 survived, 1 failed cleanly, 1 broken, 1 without effect
                Refuse(503)  Truncate
upload.start#1  .            -
upload.chunk#2  f            B
(. survived, f failed cleanly, B broken, - without effect, ? not reached)
4 of 6 cases were tried, drawn with seed 7
a note"""


def test_table_has_a_letter_for_each_run() -> None:
    assert REPORT.table() == TABLE


def test_pairs_are_counted_below_the_table() -> None:
    pair = SweptRun(case="upload.start#1:Refuse(503) + upload.start#2:Truncate", outcome=RunOutcome.SURVIVED)
    lines = replace(REPORT, runs=(*REPORT.runs, pair)).table().splitlines()
    assert lines[-2:] == ["pairs of failures, which have no row: 1 survived", "a note"]


def test_pair_alone_has_no_table() -> None:
    pair = SweptRun(case="upload.start#1:Refuse(503) + upload.start#2:Truncate", outcome=RunOutcome.SURVIVED)
    text = replace(REPORT, runs=(pair,), possible=1, notes=()).table()
    assert text == "2 calls, 1 run: 1 survived\npairs of failures, which have no row: 1 survived"


def test_columns_of_a_wide_table_are_numbered() -> None:
    columns = [f"Effect({'x' * 20}{number})" for number in range(12)]
    lines = table_text({"base#1": dict.fromkeys(columns, ".")}, columns).splitlines()
    assert lines[0].split() == [str(number) for number in range(1, 13)]
    assert lines[1].split() == ["base#1", *["."] * 12]
    assert lines[2] == f"1 {columns[0]}"


def test_json_reads_back() -> None:
    text = json.dumps(REPORT.to_json())
    assert SweepReport.from_json(json.loads(text)) == REPORT


def test_error_has_the_table_and_each_broken_run() -> None:
    with pytest.raises(AssertionError) as caught:
        REPORT.raise_if_broken()

    assert str(caught.value) == "\n".join(
        [
            TABLE,
            "upload.chunk#2:Truncate is broken: it passed, but",
            "  request: #3 PATCH /v2/a/blobs/uploads/1 -> 202",
            "  error: KeyError: 'Location'",
            "  at: tests/test_push.py:31: client.push()",
        ]
    )


def test_accepted_run_is_not_broken() -> None:
    accepted = SweptRun(case=BROKEN.case, outcome=RunOutcome.BROKEN, accepted=True)
    report = SweepReport(calls=("upload.chunk#2",), effects=("Truncate",), runs=(accepted,), possible=1, seed=0)
    report.raise_if_broken()
    assert report.summary == "1 call, 1 run: 1 broken (1 accepted)"
