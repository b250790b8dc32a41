"""Rounds of measurements: each contestant once per round, so that a slow machine slows all."""

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

ROUNDS = 9

T = TypeVar("T")


@dataclass(frozen=True)
class Spread:
    """The median of the rounds, and the quartiles around it."""

    low: float
    median: float
    high: float


def interleave(
    contestants: Mapping[str, Callable[[], T]],
    *,
    rounds: int = ROUNDS,
) -> dict[str, list[T]]:
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


def medians(samples: Mapping[str, Sequence[float]]) -> dict[str, float]:
    return {name: statistics.median(values) for name, values in samples.items()}


def spread_of(values: Sequence[float]) -> Spread:
    """Return the median and the quartiles of the values; of one value, that value thrice."""
    if len(values) == 1:
        return Spread(values[0], values[0], values[0])

    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(low, median, high)


def ratios_of(values: Sequence[float], others: Sequence[float]) -> list[float]:
    """Return the ratio of each round: what slows both in a round does not change it."""
    return [value / other for value, other in zip(values, others, strict=True)]


def differences_of(
    values: Sequence[float],
    others: Sequence[float],
    *,
    scale: float = 1.0,
) -> list[float]:
    """Return the difference of each round, times `scale`."""
    return [scale * (value - other) for value, other in zip(values, others, strict=True)]


def progress(text: str) -> None:
    """Print the step that runs to stderr; stdout has only the table."""
    print(text, file=sys.stderr, flush=True)
