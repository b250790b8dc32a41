"""How often properties and races are tried: the profile decides, which pytest's `--hypothesis-profile` names.

All profiles agree on what makes a run independent of the machine's load: no deadline, and no health check that reads
the wall clock. Examples are a function of the test's source but in `nightly`, so that a failure is due to the change
under test; a failing example is printed with what reproduces it.
"""

from typing import Final

import pytest
from hypothesis import HealthCheck, settings

EXAMPLES: Final = {"default": 30, "exhaustive": 300, "nightly": 3_000}
"""The profiles, and how many examples a property has in each."""

repeated = pytest.mark.repeated
"""For a test whose loop is `range(rounds(...))`, which the exhaustive and nightly profiles make longer."""


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
    """Return the settings of a property with `count` examples by default, and as many times more in other profiles.

    For properties whose examples are expensive: a comment at the test says why.
    """
    return settings(max_examples=rounds(count))


def rounds(count: int) -> int:
    """Return how often a loop runs that has `count` rounds by default."""
    profile = settings()
    return count * profile.max_examples // EXAMPLES["default"]
