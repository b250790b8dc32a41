"""A bug in the registry fails the test: at once in memory, at teardown over a socket."""

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


@pytest.mark.parametrize("transport", ["http", "https"])
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
