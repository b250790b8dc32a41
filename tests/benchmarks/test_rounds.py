"""Rounds: their order, the ratios within each, and the spread of their values."""

from benchmarks.rounds import Spread, differences_of, interleave, ratios_of, spread_of


def test_each_round_has_each_contestant_and_starts_with_another() -> None:
    order: list[str] = []
    contestants = {name: lambda name=name: order.append(name) for name in "abc"}

    interleave(contestants, rounds=3)

    assert "".join(order) == "abcbcacab"


def test_ratio_is_made_within_a_round() -> None:
    assert ratios_of([2, 20, 200], [1, 10, 100]) == [2, 2, 2]


def test_difference_is_made_within_a_round() -> None:
    assert differences_of([3, 30], [1, 10], scale=10) == [20, 200]


def test_spread_is_the_median_and_the_quartiles() -> None:
    assert spread_of([5, 1, 4, 2, 3]) == Spread(low=2, median=3, high=4)


def test_spread_of_one_value_is_that_value() -> None:
    assert spread_of([7]) == Spread(low=7, median=7, high=7)
