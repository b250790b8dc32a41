"""A test leaves no content, thread, socket or file. In memory it uses no network."""

import threading

import pytest

from tests.support.open_files import on_linux, open_files
from tests.support.suites import AddSuite

every_transport = pytest.mark.parametrize("transport", ["memory", "http", "https"])


@every_transport
def test_no_thread_is_left(transport: str, pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("every_fixture")
    before = set(threading.enumerate())
    pytester.runpytest("-W", "error", "--acr-transport", transport).assert_outcomes(passed=21)
    assert set(threading.enumerate()) == before


@on_linux
@every_transport
def test_no_file_or_socket_is_left(transport: str, pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("every_fixture")
    before = open_files()
    pytester.runpytest("-W", "error", "--acr-transport", transport).assert_outcomes(passed=21)
    assert open_files() == before


@pytest.mark.parametrize("transport", ["memory", "https"])
def test_fixed_names_in_two_processes(transport: str, pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("fixed_names")
    result = pytester.runpytest_subprocess("-W", "error", "-n", "2", "--acr-transport", transport)
    result.assert_outcomes(passed=20)


def test_memory_mode_has_no_network(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("no_network")
    pytester.runpytest("-W", "error").assert_outcomes(passed=7)
