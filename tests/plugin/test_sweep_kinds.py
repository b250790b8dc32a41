"""The fault sweep runs each kind of test again, with fresh fixtures of function scope."""

import re

import pytest

from tests.support.suites import AddSuite

TESTS = [
    "test_function",
    "test_parameter[1.0]",
    "test_indirect_parameter[1.0]",
    "test_builtin_fixtures",
    "TestMethods::test_method",
    "TestUnittest::test_method",
    "TestAsyncUnittest::test_method",
    "test_own_loop",
    "test_anyio[asyncio]",
    "test_hypothesis",
]


def swept_in(result: pytest.RunResult) -> dict[str, str]:
    """Return the numbers of each sweep, by its test."""
    return dict(re.findall(r"^\S+\.py::(\S+)\n(\d+ calls?, .*)$", result.stdout.str(), re.MULTILINE))


@pytest.mark.parametrize("arguments", [(), pytest.param(("-n", "2"), marks=pytest.mark.exhaustive)])
def test_each_kind_of_test_is_swept(arguments: tuple[str, ...], pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    """The module fixture of the suite counts the runs, and fails if they are others."""
    add_suite("swept_kinds")
    result = pytester.runpytest("-W", "error", *arguments, *(["--dist", "loadfile"] if arguments else []))

    result.assert_outcomes(passed=len(TESTS))
    assert swept_in(result) == dict.fromkeys(TESTS, "3 calls, 3 runs: 3 survived")
    notes = [line for line in result.outlines if "wider scope" in line or "Hypothesis" in line]
    shared = "all runs share the fixtures of wider scope: wide"
    assert notes[-2:] == [shared, "Hypothesis draws one example: the simplest, the same in each run"]


def test_networks_and_subprocesses_are_swept(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("swept_ways")
    result = pytester.runpytest("-W", "error")

    result.assert_outcomes(passed=2)
    assert swept_in(result) == dict.fromkeys(["test_real_name", "test_program"], "1 call, 1 run: 1 survived")
