"""What pytest shows of a failure: of a bug in the registry, and of an assertion on its content."""

import pytest

from tests.support.suites import AddSuite


def test_bug_in_memory_is_raised_by_the_call(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    """azure-sdk-quirks: azure-core retries a 500, so a bug in memory must not become one."""
    add_suite("registry_bug")
    result = pytester.runpytest("-W", "error")
    result.assert_outcomes(failed=3, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*def boom(*",
            "E * RuntimeError: the cat sat on the keyboard",
            "sync: 1 calls",
            "aio: 1 calls",
        ]
    )
    result.stdout.no_fnmatch_line("*HttpResponseError: *")


@pytest.mark.parametrize("transport", [pytest.param("http", marks=pytest.mark.exhaustive), "https"])
def test_bug_over_a_socket_is_raised_at_teardown(
    transport: str, pytester: pytest.Pytester, add_suite: AddSuite
) -> None:
    """The client receives a 500 and tries four times. A test that ignores the 500 has an error too."""
    add_suite("registry_bug")
    result = pytester.runpytest("-W", "error", "--acr-transport", transport)
    result.assert_outcomes(failed=2, passed=2, errors=3)
    result.stdout.fnmatch_lines(
        [
            "*ERROR at teardown of test_sync_client_triggers_the_bug*",
            "*ExceptionGroup: the app failed while it answered a request (4 sub-exceptions)",
            "*RuntimeError: the cat sat on the keyboard",
            "*ERROR at teardown of test_code_that_swallows_the_error*",
        ]
    )
    result.stdout.fnmatch_lines(["sync: 4 calls", "aio: 4 calls"])


def test_failed_assertion_on_content_is_readable(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    """pytest shows the representation of each operand: one line, cut in its middle if it is long."""
    add_suite("assertions_on_content")
    result = pytester.runpytest("-W", "error", "--acr-show-requests", "no")
    result.assert_outcomes(failed=4)
    result.stdout.fnmatch_lines(
        [
            "E*assert not <RegistryDiff: + repository dev/web; + tag dev/web:1.0; *; 2 more>",
            "E*Left contains one more item: <Exchange #0 GET /v2/ -> 401 UNAUTHORIZED; no credentials>",
            "E*where 1 = len(<Exchanges, 1 request>)",
            "E*NAME_UNKNOWN: the registry has the repositories dev/web: repository=dev/wep",
        ]
    )
