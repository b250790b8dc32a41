"""How often properties and races are tried, by the profile in pytest's `--hypothesis-profile`.

No profile depends on the load of the machine: there is no deadline, and no health check that reads
the wall clock. Except in `nightly`, the examples are a function of the test's source, so that a
failure is due to the change under test. A failing example is printed with the code that repeats it.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from random import Random
from typing import Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, find, settings
from hypothesis.errors import NoSuchExample
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


def features_not_drawn(
    strategy: SearchStrategy[Value],
    features: Mapping[str, Callable[[Value], bool]],
) -> list[str]:
    """Return the features that none of 2,000 values has; fewer values if all features are found.

    The values come from short searches, each with a seed of its own: in a long search many values
    are variants of others. They differ from run to run, because Hypothesis also draws constants of
    the modules that are loaded. A feature that one in a hundred values has is found nevertheless.
    """
    missing = dict(features)

    def go_on(value: Value) -> bool:
        for name in [name for name, has_feature in missing.items() if has_feature(value)]:
            del missing[name]
        return False  # a value that ends a search is printed, however long it is

    limited = settings(max_examples=40, phases=[Phase.generate], database=None)
    for number in range(50):
        if missing:
            with suppress(NoSuchExample):
                find(strategy, go_on, settings=limited, random=Random(number))
    return list(missing)


def flaws_not_drawn(strategy: SearchStrategy[Any], flaws: Iterable[str]) -> list[str]:
    """Return the flaws that no value has. `strategy` draws values that name their `flaw`."""
    return features_not_drawn(strategy, {flaw: partial(_has_flaw, flaw) for flaw in flaws})


def _has_flaw(flaw: str, value: Any) -> bool:  # Any: one of the frozen dataclasses with a flaw
    return bool(value.flaw == flaw)
