"""A test leaves no content, thread, socket or file. In memory it uses no network."""

import threading

import pytest

from tests.support.open_files import CAN_LIST_FILES, open_files
from tests.support.suites import AddSuite


@pytest.mark.parametrize("transport", ["memory", "https", pytest.param("http", marks=pytest.mark.exhaustive)])
def test_no_thread_file_or_socket_is_left(transport: str, pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    """Also that every fixture does in each transport what `suites/every_fixture.py` says."""
    add_suite("every_fixture")
    before = open_now()

    pytester.runpytest("-W", "error", "--acr-transport", transport).assert_outcomes(passed=21)

    assert open_now() == before


def open_now() -> tuple[set[threading.Thread], list[str]]:
    """Return the running threads and, on Linux, the open files and sockets."""
    return set(threading.enumerate()), open_files() if CAN_LIST_FILES else []


@pytest.mark.exhaustive
@pytest.mark.parametrize("transport", ["memory", "https"])
def test_two_processes_can_use_the_same_names(transport: str, pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    """The same names of registries and repositories, and the same host in a network."""
    add_suite("fixed_names")
    add_suite("fixed_hosts")
    result = pytester.runpytest_subprocess("-W", "error", "-n", "2", "--acr-transport", transport)
    result.assert_outcomes(passed=14)


def test_memory_mode_has_no_network(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("no_network")
    pytester.runpytest("-W", "error").assert_outcomes(passed=7)


def test_no_patch_is_left_in_any_order_of_fixtures(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("patches_of_others")
    pytester.runpytest("-W", "error").assert_outcomes(passed=8)


def test_registry_is_freed_after_its_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import gc
        import weakref

        import pytest
        from fake_registry import Fault, Refuse

        registries = []

        @pytest.fixture(autouse=True, scope="module")
        def no_collection():
            gc.disable()
            yield
            gc.enable()

        @pytest.mark.parametrize("number", range(5))
        def test_used(acr, acr_client, acr_session, acr_endpoint, number):
            registries.append(weakref.ref(acr))
            acr.push_image("dev/web:1.0")
            acr.faults.add(Fault("base", Refuse(), optional=True))
            list(acr_client.list_repository_names())
            acr_session.get(f"{acr_endpoint}/v2/")

        def test_freed():
            assert [registry() for registry in registries] == [None] * 5
        """
    )
    pytester.runpytest().assert_outcomes(passed=6)


def test_ended_test_does_not_keep_the_objects_that_note_its_registries(pytester: pytest.Pytester) -> None:
    """Pytest keeps each test to the end of the run."""
    pytester.makepyfile(
        """
        import gc

        import pytest
        from pytest_acr.usage import FakesOfTest

        counts = []

        @pytest.mark.parametrize("number", range(3))
        def test_it(acr, number):
            counts.append(sum(type(found) is FakesOfTest for found in gc.get_objects()))
            assert counts[-1] == counts[0]
        """
    )
    pytester.runpytest("-W", "error").assert_outcomes(passed=3)
