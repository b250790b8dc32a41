"""The planted bugs as a whole: their names, their kinds, and the parts of the harness that must find them."""

import re
from collections import Counter
from typing import Final

from tests.support.planted.bug import KINDS, Part
from tests.support.planted.hunt import HUNTERS
from tests.support.planted.rows import PLANTED

LEAST: Final[dict[Part, int]] = {
    "machine": 40,
    "authorization machine": 4,
    "time machine": 4,
    "fault machine": 4,
    "linearizability": 4,
    "ranges": 3,
    "codec": 3,
    "snapshots": 3,
}
"""The least number of bugs for each part of the harness."""


def test_names_are_unique_and_in_kebab_case() -> None:
    names = [bug.name for bug in PLANTED]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)] == []


def test_each_kind_of_mistake_has_a_bug() -> None:
    assert {bug.kind for bug in PLANTED} == {*KINDS}


def test_each_part_of_the_harness_has_bugs_to_find() -> None:
    counts = Counter(bug.part for bug in PLANTED)
    assert {part: counts[part] >= least for part, least in LEAST.items()} == dict.fromkeys(LEAST, True)
    assert counts.keys() == LEAST.keys()


def test_each_part_can_be_hunted_in() -> None:
    assert HUNTERS.keys() == LEAST.keys()


def test_some_bugs_are_of_the_acr_profile() -> None:
    """The machine must know more than the specification: locks, times and metadata."""
    of_acr = [bug for bug in PLANTED if bug.part == "machine" and bug.profile == "acr"]
    assert len(of_acr) >= 12
