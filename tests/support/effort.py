"""How often properties and races are tried, by the profile in pytest's `--hypothesis-profile`.

No profile depends on the load of the machine: there is no deadline, and no health check that reads
the wall clock. Except in `nightly`, the examples are a function of the test's source, so that a
failure is due to the change under test. A failing example is printed with the code that repeats it.
"""

from collections.abc import Callable
from random import Random
from typing import Final, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.strategies import SearchStrategy

Value = TypeVar("Value")

EXAMPLES: Final = {"default": 20, "exhaustive": 200, "nightly": 2_000}
"""The profiles, and how many examples a property has in each."""

repeated = pytest.mark.repeated
"""For a test with a loop of `rounds(...)`, which the profiles exhaustive and nightly make longer."""


def register_profiles() -> None:
    """Make the profiles known to Hypothesis, and the first one current."""
    for name, max_examples in EXAMPLES.items():
        settings.register_profile(
            name,
            max_examples=max_examples,
            deadline=None,
            derandomize=name != "nightly",
            print_blob=True,
            suppress_health_check=[HealthCheck.too_slow],
        )
    settings.load_profile("default")


def examples(count: int) -> settings:
    """Return the settings of a property that has `count` examples in the default profile.

    Other profiles multiply them. For expensive examples; a comment at the test says why they are.
    """
    return settings(max_examples=rounds(count))


def rounds(count: int) -> int:
    """Return how often a loop runs that has `count` rounds by default."""
    profile = settings()
    return count * profile.max_examples // EXAMPLES["default"]


def find_early(strategy: SearchStrategy[Value], condition: Callable[[Value], bool]) -> Value:
    """Return a value that meets a condition, among the first 1,000. NoSuchExample if none does.

    The value is not minimal: shrinking takes longer than all of the search. Hypothesis draws some
    constants of the modules that are loaded, so that the search differs from run to run. A
    feature that one in a hundred values has is found nevertheless.
    """
    limited = settings(max_examples=1_000, phases=[Phase.generate], database=None)
    return find(strategy, condition, settings=limited, random=Random(0))
