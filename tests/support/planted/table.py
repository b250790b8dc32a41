"""Prints, for each planted bug and seed, the effort until it was found: `python -m tests.support.planted.table`.

Options: `--part PART`, `--bug PATTERN` and `--seeds 1,2,3`. A bug that a seed does not find within
200 examples is hunted once more with 1,000. The exit status is 1 if a seed finds fewer than 95 % of
the bugs at the first attempt, if a bug is found by neither, or if the median of the CPU time is 10
seconds or more.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatch
from statistics import median
from typing import Final, TypeAlias

from tests.support.planted.bug import PlantedBug
from tests.support.planted.hunt import EXAMPLES, HUNTERS, HuntOutcome, hunt
from tests.support.planted.rows import PLANTED

LEAST_FOUND: Final = 0.95
"""Of the bugs, by each seed, within the examples of a hunt."""

MORE_EXAMPLES: Final = 1_000
"""Those of a second attempt."""

MAX_MEDIAN_SECONDS: Final = 10.0

Hunt: TypeAlias = Callable[[PlantedBug, int, int], HuntOutcome]
"""Hunts a bug, with a seed and a number of examples."""


def main(arguments: Sequence[str], hunt_bug: Hunt = hunt) -> int:
    """Hunt the chosen bugs, print a line for each and a summary; return the exit status."""
    chosen = parse_arguments(arguments)
    seeds = [int(seed) for seed in chosen.seeds.split(",")]
    bugs = [bug for bug in PLANTED if is_chosen(bug, chosen.part, chosen.bug)]

    by_seed: dict[int, list[HuntOutcome]] = {seed: [] for seed in seeds}
    is_each_found = True
    for bug in bugs:
        found = {seed: hunt_bug(bug, seed, EXAMPLES) for seed in seeds}
        write(line_of(bug, list(found.values())))
        for seed, outcome in found.items():
            by_seed[seed].append(outcome)
            is_each_found &= outcome.found is not None or is_found_later(bug, seed, hunt_bug)

    outcomes = [outcome for each in by_seed.values() for outcome in each]
    write(summary_of(outcomes))
    is_share_found = all(share_found(each) >= LEAST_FOUND for each in by_seed.values())
    is_fast = median_seconds(outcomes) < MAX_MEDIAN_SECONDS
    return 0 if is_share_found and is_each_found and is_fast else 1


def is_found_later(bug: PlantedBug, seed: int, hunt_bug: Hunt) -> bool:
    """Return whether more examples find a bug, and print a line about it."""
    outcome = hunt_bug(bug, seed, MORE_EXAMPLES)
    write(f"  seed {seed}, {MORE_EXAMPLES} examples: {line_of(bug, [outcome])}")
    return outcome.found is not None


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hunt the planted bugs.")
    parser.add_argument("--part", default="*", help="the part of the harness, or a pattern")
    parser.add_argument("--bug", default="*", help="the name of a bug, or a pattern")
    parser.add_argument("--seeds", default="1,2,3", help="numbers, separated by commas")
    return parser.parse_args(arguments)


def is_chosen(bug: PlantedBug, part: str, name: str) -> bool:
    """Return whether a bug matches both patterns, and its part can be run."""
    return bug.part in HUNTERS and fnmatch(bug.part, part) and fnmatch(bug.name, name)


def line_of(bug: PlantedBug, outcomes: Sequence[HuntOutcome]) -> str:
    """Return name and part of a bug, and for each seed the examples, or a dash, and the CPU seconds."""
    efforts = "  ".join(f"{one.examples if one.found else '-':>4} {one.cpu_seconds:5.1f} s" for one in outcomes)
    named = dict.fromkeys(one.found or one.error for one in outcomes if one.found or one.error)
    properties = ", ".join(map(str, named))
    return f"{bug.name:<64} {bug.part:<21} {efforts}  {properties or 'NOT FOUND'}"


def summary_of(outcomes: Sequence[HuntOutcome]) -> str:
    """Return how many hunts have found their bug, and the median of their CPU seconds."""
    found = sum(one.found is not None for one in outcomes)
    seconds = f"median {median_seconds(outcomes):.2f} CPU seconds"
    return f"{found} of {len(outcomes)} hunts found their bug; {seconds}"


def median_seconds(outcomes: Iterable[HuntOutcome]) -> float:
    """Return the median of the CPU time of hunts that have found their bug; 0 without one."""
    return median([one.cpu_seconds for one in outcomes if one.found] or [0.0])


def share_found(outcomes: Iterable[HuntOutcome]) -> float:
    """Return the share of hunts that have found their bug; 0 of none."""
    found = [one.found is not None for one in outcomes]
    return sum(found) / len(found) if found else 0.0


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
