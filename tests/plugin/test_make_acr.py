"""`make_acr`: with Hypothesis, two registries in a test, and closed with the session."""

import pytest

from tests.support.suites import AddSuite

AFTERWARDS = """
    def pytest_sessionfinish(session):
        import test_factory

        left = [list(registry.content.list_repositories().items) for registry in test_factory.LEFT_OPEN]
        print(f"left after the session: {left}")
"""


def test_factory(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    """The health checks of Hypothesis are on: a function-scoped factory would fail them."""
    pytester.makeconftest(AFTERWARDS)
    add_suite("factory")
    result = pytester.runpytest("-W", "error", "-p", "no:cacheprovider", "-s")
    result.assert_outcomes(passed=8)
    result.stdout.fnmatch_lines("*left after the session: [[][[]]]")


def test_function_scoped_registry_fails_the_health_check_of_hypothesis(
    pytester: pytest.Pytester, add_suite: AddSuite
) -> None:
    """A test with @given must use `make_acr`, and not `acr`."""
    pytester.makepyfile(
        """
        from hypothesis import given, strategies as st

        @given(st.integers())
        def test_it(acr, number):
            pass
        """
    )
    result = pytester.runpytest("-p", "no:cacheprovider")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines("*FailedHealthCheck*function-scoped fixture*")
