"""Which cases of a product of inputs are tested by default."""

import pytest

from tests.support.backends import BACKENDS
from tests.support.drivers import DRIVERS, is_rest
from tests.support.products import cross
from tests.support.tiers import TESTS


def cases_of(mark: pytest.MarkDecorator) -> list[tuple[str | None, tuple[object, ...], bool]]:
    """Return the cases of a `parametrize`: their ids and values, and whether they are in the default tier."""
    return [(case.id, case.values, not case.marks) for case in mark.args[1]]


def test_each_value_is_tested_by_default_once_with_the_first_of_the_others() -> None:
    mark = cross({"method, path": [("GET", "/a"), ("PUT", "/b")], "name": {"empty": "", "dots": "..", "dash": "-"}})

    assert mark.args[0] == ["method", "path", "name"]
    assert cases_of(mark) == [
        ("GET-/a-empty", ("GET", "/a", ""), True),
        ("GET-/a-dots", ("GET", "/a", ".."), True),
        ("GET-/a-dash", ("GET", "/a", "-"), True),
        ("PUT-/b-empty", ("PUT", "/b", ""), True),
        ("PUT-/b-dots", ("PUT", "/b", ".."), False),
        ("PUT-/b-dash", ("PUT", "/b", "-"), False),
    ]


def test_default_cases_of_three_columns_differ_in_one_at_a_time() -> None:
    mark = cross({"one": [0, 1], "two": [0, 1], "three": [0, 1]})

    assert [values for _, values, by_default in cases_of(mark) if by_default] == [
        (0, 0, 0),
        (0, 0, 1),
        (0, 1, 0),
        (1, 0, 0),
    ]


def test_single_argument_can_have_a_tuple_as_value() -> None:
    mark = cross({"pair": [(1, 2)], "name": ["x"]})
    assert cases_of(mark) == [("1-2-x", ((1, 2), "x"), True)]


def test_long_value_has_a_short_id() -> None:
    [(name, _, _)] = cases_of(cross({"digest": ["a" * 5_000], "path": ["/v2/"]}))
    assert name == f"{'a' * 40}... (5000)-/v2/"


DRIVEN = {"backend": frozenset({"http"})}
FIRST = {"backend": "memory", "size": 1, "count": 1}


def test_driver_has_by_default_all_inputs_or_the_first() -> None:
    cases = [("memory", 1), ("memory", 2), ("http", 1), ("http", 2), ("client", 1), ("client", 2)]
    rest = [case for case in cases if is_rest({"backend": case[0], "size": case[1], "count": 1}, FIRST, [], DRIVEN)]

    assert rest == [("client", 2)]


def test_arguments_that_are_set_together_are_one_input() -> None:
    case = {"backend": "client", "size": 2, "count": 2}
    assert not is_rest(case, FIRST, [frozenset(case)], DRIVEN)
    assert is_rest(case, FIRST, [frozenset({"size", "count"})], DRIVEN)


def test_test_without_a_driver_has_all_inputs_by_default() -> None:
    assert not is_rest({"size": 2, "count": 2}, FIRST, [], DRIVEN)


def test_backends_with_all_inputs_exist() -> None:
    assert DRIVERS[TESTS / "contract"]["backend"] <= BACKENDS.keys()
