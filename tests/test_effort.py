"""How often properties and loops are tried in each Hypothesis profile."""

import pytest
from hypothesis import HealthCheck

from tests.support.effort import EXAMPLES, examples, rounds


@pytest.mark.parametrize("count", [1, 20])
def test_loops_and_properties_grow_with_the_profile(count: int) -> None:
    assert rounds(count) == examples(count).max_examples
    assert rounds(count) in [count, count * 10, count * 100]


def test_default_number_of_examples_is_that_of_the_profile() -> None:
    assert rounds(EXAMPLES["default"]) in EXAMPLES.values()


def test_load_of_the_machine_fails_no_property() -> None:
    found = examples(1)
    assert found.deadline is None
    assert HealthCheck.too_slow in found.suppress_health_check
