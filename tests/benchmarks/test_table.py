"""Rows of the table, and the exit status of a run: met, missed, not installed, not judged."""

from pathlib import Path

import pytest

from benchmarks import page
from benchmarks.__main__ import main, report
from benchmarks.load import Load
from benchmarks.page import END, START, with_table
from benchmarks.table import Row, Target, against_limit, against_peers, for_comparison, missing

QUIET = Load(at_start=0.2, at_end=1.4)
MISS = against_limit("a", 2.0, "ms", Target(1))
PASS = against_limit("b", 1.0, "ms", Target(1))


def test_ratio_is_the_median_of_the_ratios_of_the_rounds() -> None:
    row = against_peers("push", [2, 30, 200], "ms", {"peer": [1, 10, 100]}, Target(2))

    # the ratio of the medians would be 3
    assert row == Row("push", "30 ms", "peer 10 ms", "2.00 x", "2.00-2.50 x", "<= 2.00 x", "PASS")


def test_fastest_peer_has_the_best_median() -> None:
    peers = {"slow": [1, 9, 9], "fast": [5, 5, 5]}

    assert against_peers("time", [5, 5, 5], "ms", peers, Target(1)).peer == "fast 5 ms"
    assert against_peers("speed", [5, 5, 5], "MB/s", peers, Target(1, at_least=True)).peer == "slow 9 MB/s"


def test_row_without_a_peer_is_not_installed() -> None:
    row = against_peers("push", [1.0], "ms", {}, Target(2))

    assert (row.peer, row.verdict) == ("none", "not installed")


@pytest.mark.parametrize(
    ("rows", "load", "status"),
    [
        ([PASS], QUIET, 0),
        ([PASS, MISS], QUIET, 1),
        ([PASS, missing("peer: olareg", "not installed")], QUIET, 0),
        ([MISS], Load(at_start=1.6, at_end=1.0), 0),
        ([MISS], Load(at_start=0.1, at_end=2.6), 0),
        ([MISS], Load(at_start=1.5, at_end=2.5), 1),
    ],
)
def test_exit_status_is_1_for_a_goal_that_was_judged_and_missed(
    rows: list[Row],
    load: Load,
    status: int,
) -> None:
    assert report(rows, load) == status


def test_busy_machine_is_not_judged(capsys: pytest.CaptureFixture[str]) -> None:
    report([MISS, PASS, for_comparison("c", 3.0, "ms")], Load(at_start=3.0))

    printed = capsys.readouterr().out
    assert printed.count("not judged") == 3  # two rows, and the note
    assert "The machine was busy" in printed
    assert "PASS" not in printed


def test_table_is_written_between_the_markers() -> None:
    text = with_table(f"head\n{START}old\n{END}tail\n", [PASS], "A note.")

    assert text.startswith(f"head\n{START}\nA note.\n\n| benchmark |")
    assert "| b | 1 ms |  | 1.00 x |  | <= 1 ms | PASS |" in text
    assert text.endswith(f"\n{END}tail\n")
    assert "old" not in text


def test_page_without_markers_is_refused() -> None:
    with pytest.raises(ValueError, match="expected the lines"):
        with_table("no markers\n", [PASS], "")


def test_page_is_refused_before_the_measurements(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    altered = tmp_path / "page.md"
    altered.write_text("no markers\n")
    monkeypatch.setattr(page, "PAGE", altered)

    with pytest.raises(SystemExit) as refusal:
        main(["--write", "report"])
    found = capsys.readouterr()
    assert (refusal.value.code, found.out) == (2, "")
    assert "--write: expected the lines" in found.err
    assert "== report" not in found.err  # nothing was measured
