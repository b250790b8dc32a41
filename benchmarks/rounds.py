"""Rounds of measurements: each contestant once per round, so that a slow machine slows all."""

import statistics
import sys
from collections.abc import Callable, Mapping
from typing import TypeVar

ROUNDS = 5

T = TypeVar("T")


def interleave(contestants: Mapping[str, Callable[[], T]], *, rounds: int = ROUNDS) -> dict[str, list[T]]:
    """Call each contestant once per round and return its results, by name.

    Each round starts with another contestant, so that the first place changes.
    """
    names = list(contestants)
    samples: dict[str, list[T]] = {name: [] for name in names}
    for turn in range(rounds):
        first = turn % len(names) if names else 0
        for name in names[first:] + names[:first]:
            progress(f"round {turn + 1} of {rounds}: {name}")
            samples[name].append(contestants[name]())
    return samples


def medians(samples: Mapping[str, list[float]]) -> dict[str, float]:
    return {name: statistics.median(values) for name, values in samples.items()}


def progress(text: str) -> None:
    """Print the step that runs to stderr; stdout has only the table."""
    print(text, file=sys.stderr, flush=True)
