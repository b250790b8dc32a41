"""The harness finds planted bugs, and finds nothing where none is planted. `.ci/nightly` hunts them all."""

from typing import Final

import pytest

from tests.support.planted.bug import PlantedBug
from tests.support.planted.hunt import EXAMPLES, HuntOutcome, hunt
from tests.support.planted.rows import PLANTED
from tests.support.planted.table import MORE_EXAMPLES, main

SAMPLE: Final = (
    "open-range-lacks-the-last-byte-of-the-blob",
    "suffix-of-no-bytes-is-the-whole-blob",
    "single-post-is-not-verified",
    "chunk-before-the-offset-is-appended",
    "mounted-blob-is-acknowledged-and-not-stored",
    "last-page-that-is-full-has-a-link",
    "second-delete-of-a-blob-succeeds",
    "referrers-of-an-absent-subject-are-not-listed",
    "head-of-an-index-has-the-type-of-an-image",
    "descriptor-of-no-bytes-has-no-size",
    "chunks-that-arrive-at-once-overwrite-each-other",
    "numbers-of-records-count-those-that-are-kept",
    "token-has-all-that-the-user-holds",
    "access-token-does-not-expire",
    "chunk-that-broke-off-is-kept",
)
"""One bug of each of several kinds."""

BUGS: Final = {bug.name: bug for bug in PLANTED}


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", SAMPLE)
def test_harness_finds_the_bug(name: str) -> None:
    assert hunt(BUGS[name], seed=1).found is not None


def nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plant no bug."""


def test_hunt_without_a_bug_finds_nothing() -> None:
    bug = BUGS[SAMPLE[0]]
    innocent = PlantedBug(name="no-bug", kind=bug.kind, plant=nothing, witness=bug.witness, right=bug.right)
    found = hunt(innocent, seed=1, examples=10)
    assert (found.found, found.examples >= 10) == (None, True)


def test_table_has_a_line_for_each_bug(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["--bug", "single-post-*", "--seeds", "1"])
    line, summary = capsys.readouterr().out.splitlines()
    assert (status, line.split()[0]) == (0, "single-post-is-not-verified")
    assert summary.startswith("1 of 1 hunts found their bug")


def test_table_fails_if_it_hunts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--bug", "no such bug"]) == 1
    assert capsys.readouterr().out.startswith("0 of 0 hunts")


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (HuntOutcome("tags-list", 3, 0.1), None, 0),
        (HuntOutcome(None, 200, 0.1), HuntOutcome(None, 1_000, 0.1), 1),
        (HuntOutcome(None, 200, 0.1), HuntOutcome("tags-list", 300, 0.1), 1),
        (HuntOutcome("tags-list", 150, 10.0), None, 1),
    ],
    ids=["found", "found by neither attempt", "too few found at first", "too slow"],
)
def test_table_passes_if_bugs_are_found_early_and_fast(
    first: HuntOutcome,
    second: HuntOutcome | None,
    status: int,
) -> None:
    attempts = {EXAMPLES: first, MORE_EXAMPLES: second}

    assert main(["--bug", SAMPLE[0], "--seeds", "1"], lambda _bug, _seed, count: required(attempts[count])) == status


def test_table_allows_a_bug_in_twenty_to_be_found_later(capsys: pytest.CaptureFixture[str]) -> None:
    def hunt_bug(bug: PlantedBug, seed: int, examples: int) -> HuntOutcome:
        is_late = (bug.name, seed) == (PLANTED[0].name, 2)
        return HuntOutcome(None if is_late and examples == EXAMPLES else "tags-list", 3, 0.1)

    assert main(["--seeds", "1,2"], hunt_bug) == 0
    assert "  seed 2, 1000 examples: " in capsys.readouterr().out


def required(outcome: HuntOutcome | None) -> HuntOutcome:
    """Return the outcome of an attempt that is expected."""
    assert outcome is not None
    return outcome
