"""The imports of a pytest run with the plugin: nothing heavy before a fixture requires it."""

import pytest

from tests.support.suites import AddSuite


@pytest.mark.parametrize(
    ("suite", "arguments", "passed"),
    [
        ("imports_in_memory", [], 6),
        pytest.param("imports_over_http", ["--acr-transport", "http"], 2, marks=pytest.mark.exhaustive),
    ],
    ids=["memory", "http"],
)
def test_modules_are_imported_when_a_fixture_requires_them(
    pytester: pytest.Pytester, add_suite: AddSuite, suite: str, arguments: list[str], passed: int
) -> None:
    """Run in a new process, because this one has imported everything. Its tests share it, because
    imports only grow."""
    add_suite(suite)
    result = pytester.runpytest_subprocess("-W", "error", "-p", "no:cacheprovider", "-p", "no:randomly", *arguments)
    result.assert_outcomes(passed=passed)
