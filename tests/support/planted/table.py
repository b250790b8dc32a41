"""Prints, for each planted bug and seed, the effort until it was found: `python -m tests.support.planted.table`.

Options: `--part PART`, `--bug PATTERN` and `--seeds 1,2,3`. The exit status is 1 if fewer than 95 %
of the hunts have found their bug.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from fnmatch import fnmatch
from statistics import median
from typing import Final

from tests.support.planted.bug import PlantedBug
from tests.support.planted.hunt import HUNTERS, HuntOutcome, hunt
from tests.support.planted.rows import PLANTED

LEAST_FOUND: Final = 0.95


def main(arguments: Sequence[str]) -> int:
    """Hunt the chosen bugs, print a line for each and a summary; return the exit status."""
    chosen = parse_arguments(arguments)
    seeds = [int(seed) for seed in chosen.seeds.split(",")]
    bugs = [bug for bug in PLANTED if is_chosen(bug, chosen.part, chosen.bug)]

    outcomes: list[HuntOutcome] = []
    for bug in bugs:
        found = [hunt(bug, seed) for seed in seeds]
        outcomes += found
        write(line_of(bug, found))
    write(summary_of(outcomes))
    return 0 if share_found(outcomes) >= LEAST_FOUND else 1


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
    seconds = median([one.cpu_seconds for one in outcomes if one.found] or [0.0])
    found = sum(one.found is not None for one in outcomes)
    return f"{found} of {len(outcomes)} hunts found their bug; median {seconds:.2f} CPU seconds"


def share_found(outcomes: Iterable[HuntOutcome]) -> float:
    """Return the share of hunts that have found their bug; 0 of none."""
    found = [one.found is not None for one in outcomes]
    return sum(found) / len(found) if found else 0.0


def write(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
