"""`--acr-budgets FILE`: the requests, bytes and logins that each test may have."""

import json
import os
from pathlib import Path
from typing import Any, Final

import pytest

from tests.support.suites import AddSuite

FILE: Final = "budgets.json"

COMPARE: Final = ("--acr-budgets", FILE)
UPDATE: Final = (*COMPARE, "--acr-budgets-update")

REQUESTS: Final = {
    "TestAsyncUnittest::test_case": 5,
    "TestMethods::test_method": 3,
    "TestOfAClass::test_in_it": 4,
    "TestUnittest::test_case": 4,
    "test_async_client": 12,
    "test_client": 12,
    "test_dropped_requests": 9,
    "test_fixtures_of_a_wider_scope[one]": 2,
    "test_fixtures_of_a_wider_scope[two]": 2,
    "test_fixtures_of_the_test": 4,
    "test_forgotten_requests": 6,
    "test_parametrised[1]": 1,
    "test_parametrised[2]": 2,
    "test_registry_that_is_gone": 10,
    "test_threads": 20,
    "test_two_registries": 7,
}
"""The requests of each test of the suite `budgets`, in the order of the file."""

SENDS: Final = """
    import pytest

    @pytest.mark.parametrize("count", [1, 2])
    def test(acr_session, acr_endpoint, count):
        for _ in range(count):
            acr_session.get(f"{acr_endpoint}/v2/")
"""
"""A test with 1 request, and one with 2."""

ONE, TWO = "test_sends.py::test[1]", "test_sends.py::test[2]"


def numbers_of(requests: int) -> dict[str, int]:
    """Return the budget of a test of `SENDS`."""
    return {"requests": requests, "bytes_sent": 0, "bytes_received": requests * ANSWER, "logins": 0}


ANSWER: Final = 149
"""The bytes of the answer to a request of `SENDS`."""


def write_file(tests: dict[str, Any], **members: object) -> str:
    """Write budgets, and return the text."""
    document = {"version": 1, "tolerance": 0.1, "tests": tests} | members
    text = json.dumps(document, indent=2) + "\n"
    Path(FILE).write_text(text)
    return text


def read_tests() -> dict[str, Any]:
    tests: dict[str, Any] = json.loads(Path(FILE).read_text())["tests"]
    return tests


@pytest.fixture
def sends(pytester: pytest.Pytester, add_suite: AddSuite) -> pytest.Pytester:
    """A folder with the two tests of `SENDS`."""
    pytester.makepyfile(test_sends=SENDS)
    return pytester


def test_every_kind_of_test_has_its_numbers(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("budgets")
    pytester.runpytest(*UPDATE).assert_outcomes(passed=18)

    tests = read_tests()
    assert {name: numbers["requests"] for name, numbers in tests.items()} == {
        f"test_budgets.py::{name}": count for name, count in REQUESTS.items()
    }
    assert list(tests) == sorted(tests)
    assert tests["test_budgets.py::test_client"] == tests["test_budgets.py::test_async_client"]
    assert tests["test_budgets.py::test_client"]["logins"] == 3
    assert tests["test_budgets.py::test_client"]["bytes_sent"] > 1_000


GROUPS: Final = """
    import pytest

    def pytest_collection_modifyitems(items):
        for item in items:
            item.add_marker(pytest.mark.xdist_group(item.name))
"""
"""A conftest with a group for each test: pytest-xdist adds its name to the node ids."""


@pytest.mark.exhaustive
def test_controller_writes_the_numbers_of_its_workers(sends: pytest.Pytester) -> None:
    sends.makeconftest(GROUPS)
    write_file({ONE: numbers_of(7), "test_sends.py::test_gone": numbers_of(1)})
    result = sends.runpytest(*UPDATE, "-n", "1", "--dist", "loadgroup")

    result.stdout.fnmatch_lines(["budgets.json: 1 added, 1 changed, 1 removed, 0 as before"])
    assert read_tests() == {ONE: numbers_of(1), TWO: numbers_of(2)}


@pytest.mark.exhaustive
def test_workers_compare(sends: pytest.Pytester) -> None:
    sends.makeconftest(GROUPS)
    write_file({ONE: numbers_of(9), TWO: numbers_of(1), "test_sends.py::test_gone": numbers_of(1)})
    result = sends.runpytest(*COMPARE, "-n", "2", "--dist", "loadgroup")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "*requests: expected at most 1, found 2 (+100.0 %)",
            f'accept it with: pytest "{TWO}" --acr-budgets budgets.json --acr-budgets-update',
            "1 budget can be lowered: *",
            "tests that no longer exist, whose budgets an update removes:",
            "  test_sends.py::test_gone",
        ]
    )


def test_failure_has_the_numbers_the_endpoints_and_the_command(sends: pytest.Pytester) -> None:
    write_file({ONE: numbers_of(1), TWO: numbers_of(1) | {"bytes_received": 0}})
    result = sends.runpytest(*COMPARE)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        [
            "more than the budget of this test in budgets.json (tolerance 10 %):",
            "  requests: expected at most 1, found 2 (+100.0 %)",
            f"  bytes_received: expected at most 0, found {2 * ANSWER}",
            "in:",
            "2 base: 2 -> 401",
            f'accept it with: pytest "{TWO}" --acr-budgets budgets.json --acr-budgets-update',
            "*- acr requests -*",
        ],
        consecutive=True,
    )


@pytest.mark.parametrize(
    ("tolerance", "budget", "passed"),
    [(0, 2, 2), (0.9, 1, 1), (1, 1, 2), (0.1, 3, 2)],
    ids=["equal", "above", "just-met", "below"],
)
def test_tolerance_is_a_share_of_the_budget(sends: pytest.Pytester, tolerance: float, budget: int, passed: int) -> None:
    write_file({ONE: numbers_of(1), TWO: numbers_of(budget) | {"bytes_received": 999}}, tolerance=tolerance)
    sends.runpytest(*COMPARE).assert_outcomes(passed=passed, failed=2 - passed)


def test_requests_of_the_teardown_are_an_error_of_the_teardown(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("budgets")
    name = "test_budgets.py::test_fixtures_of_the_test"
    write_file({name: numbers_of(2) | {"bytes_received": 9_999}})
    result = pytester.runpytest(*COMPARE, "-k", "test_fixtures_of_the_test")

    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["  requests: expected at most 2, found 4 (+100.0 %)"])


def test_test_without_a_budget_fails_unless_it_sends_nothing(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("budgets")
    write_file({})
    result = pytester.runpytest(*COMPARE, "-k", "without or method")

    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            "this test has no budget in budgets.json; it sent:",
            "3 base: 3 -> 401",
            "accept it with: pytest test_budgets.py::TestMethods::test_method --acr-budgets budgets.json --acr-*",
        ],
        consecutive=True,
    )


def test_only_an_update_writes(sends: pytest.Pytester) -> None:
    written = write_file({ONE: numbers_of(9), "test_sends.py::test_gone": numbers_of(1)})
    sends.runpytest(*COMPARE, "-p", "no:cacheprovider")

    assert Path(FILE).read_text() == written
    assert [path.name for path in Path().iterdir() if path.suffix != ".py"] == [FILE]


def test_null_exempts_a_test(sends: pytest.Pytester) -> None:
    """Also one that happens to send nothing this time."""
    sends.makepyfile(test_quiet="def test(): pass")
    budgets = {"test_quiet.py::test": None, ONE: None, TWO: None}
    write_file(budgets)
    sends.runpytest(*COMPARE).assert_outcomes(passed=3)
    sends.runpytest(*UPDATE).assert_outcomes(passed=3)

    assert read_tests() == budgets


def test_summary_counts_the_budgets_that_can_be_lowered(sends: pytest.Pytester) -> None:
    write_file({ONE: numbers_of(1), TWO: numbers_of(3)})
    result = sends.runpytest(*COMPARE)

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "*= acr budgets =*",
            "1 budget can be lowered: pytest --acr-budgets budgets.json --acr-budgets-update",
        ],
        consecutive=True,
    )


def test_update_keeps_the_tolerance_and_the_budgets_of_tests_that_did_not_run(sends: pytest.Pytester) -> None:
    write_file({ONE: numbers_of(7), TWO: numbers_of(8), "test_other.py::test": numbers_of(9)}, tolerance=0)
    result = sends.runpytest(*UPDATE, "-k", "1")

    result.assert_outcomes(passed=1, deselected=1)
    result.stdout.fnmatch_lines(["budgets.json: 0 added, 1 changed, 0 removed, 2 as before"])
    assert read_tests() == {"test_other.py::test": numbers_of(9), ONE: numbers_of(1), TWO: numbers_of(8)}
    assert '"tolerance": 0,' in Path(FILE).read_text()


def test_update_of_nothing_leaves_the_file_alone(sends: pytest.Pytester) -> None:
    write_file({ONE: numbers_of(1), TWO: numbers_of(2)})
    Path(FILE).write_text(Path(FILE).read_text().replace("\n", "\r\n"))
    sends.runpytest(*UPDATE).stdout.fnmatch_lines(["budgets.json: 0 added, 0 changed, 0 removed, 2 as before"])

    assert "\r\n" in Path(FILE).read_bytes().decode()


def test_update_leaves_out_tests_that_did_not_pass(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makepyfile(
        test_sends="""
        import pytest
        from unittest import TestCase
        from fake_registry import FakeRegistry
        from pytest_acr import connect

        @pytest.fixture(autouse=True)
        def get(acr, acr_session, acr_endpoint):
            acr_session.get(f"{acr_endpoint}/v2/")

        @pytest.fixture
        def broken():
            yield
            raise ValueError

        def test_fails(): raise ValueError

        def test_fails_in_teardown(broken): pass

        @pytest.mark.xfail
        def test_xfails(): raise ValueError

        @pytest.mark.xfail
        def test_xpasses(): pass

        def test_passes(): pass

        def test_skips(): pytest.skip("reason")

        class TestUnittest(TestCase):
            def test_fails(self): self.fail()

        def test_with_subtests(subtests):
            with subtests.test("one"):
                raise ValueError
        """
    )
    result = pytester.runpytest(*UPDATE)

    result.stdout.fnmatch_lines(["the budgets of 4 tests that failed are as they were"])
    assert list(read_tests()) == ["test_sends.py::test_passes"]


def test_test_that_may_fail_is_not_compared(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    """Otherwise its missing budget would be the failure that is expected."""
    pytester.makepyfile(SENDS.replace("@pytest", "@pytest.mark.xfail\n    @pytest", 1))
    write_file({})
    pytester.runpytest(*COMPARE).assert_outcomes(xpassed=2)


@pytest.mark.parametrize(
    ("arguments", "removed"),
    [
        ((), ["test_gone.py::test", "test_sends.py::test[3]"]),
        (("-k", "1"), ["test_sends.py::test[3]"]),
        (("test_sends.py",), ["test_sends.py::test[3]"]),
        ((ONE,), []),
        (("--lf",), []),
    ],
    ids=["whole", "expression", "file", "test", "failed"],
)
def test_update_removes_tests_that_no_longer_exist(
    sends: pytest.Pytester, arguments: tuple[str, ...], removed: list[str]
) -> None:
    """A module that skips itself is there, with its tests."""
    sends.makepyfile(test_skips='import pytest\npytest.importorskip("absent_package")')
    names = ("test_gone.py::test", "test_sends.py::test[3]", "test_skips.py::test")
    write_file({name: numbers_of(1) for name in names})
    result = sends.runpytest(*UPDATE, *arguments)

    assert sorted(set(names) - read_tests().keys()) == removed
    if removed:
        lines = ["removed, because they no longer exist:", *[f"  {name}" for name in removed]]
        result.stdout.fnmatch_lines(lines, consecutive=True)


def test_update_removes_the_budget_of_a_test_without_requests(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makepyfile(test_quiet="def test(): pass")
    write_file({"test_quiet.py::test": numbers_of(1)})
    result = pytester.runpytest(*UPDATE)

    assert read_tests() == {}
    result.stdout.fnmatch_lines(["removed, because they send no request any more:", "  test_quiet.py::test"])


def test_interrupted_update_writes_nothing(sends: pytest.Pytester) -> None:
    sends.makepyfile(test_stops='import pytest\ndef test(): pytest.exit("stop")')
    result = sends.runpytest(*UPDATE)

    assert not Path(FILE).exists()
    result.stdout.fnmatch_lines(["no budget was written: the run did not come to its end"])


def test_file_that_cannot_be_replaced_fails_the_run(sends: pytest.Pytester) -> None:
    sends.makepyfile(test_z='from pathlib import Path\ndef test(): Path("budgets.json").mkdir()')
    result = sends.runpytest(*UPDATE)

    assert (result.ret, Path(FILE).is_dir()) == (pytest.ExitCode.TESTS_FAILED, True)
    result.stdout.fnmatch_lines(["no budget was written: --acr-budgets: budgets.json: *found a folder*"])


def test_absent_file_ends_the_run_with_the_command_that_makes_it(sends: pytest.Pytester) -> None:
    result = sends.runpytest(*COMPARE)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        "ERROR: --acr-budgets: expected a file with budgets, found none at budgets.json; "
        "make it with: pytest --acr-budgets budgets.json --acr-budgets-update"
    )
    assert not Path(FILE).exists()


@pytest.mark.parametrize("arguments", [("--collect-only",), ("--fixtures",), ("--setup-plan",), ("--help",)])
def test_runs_without_tests_need_no_file(sends: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    assert sends.runpytest(*UPDATE[:2], *arguments).ret == pytest.ExitCode.OK
    assert sends.runpytest(*UPDATE, *arguments).ret == pytest.ExitCode.OK
    assert not Path(FILE).exists()


@pytest.mark.parametrize("arguments", [COMPARE, UPDATE], ids=["compare", "update"])
def test_malformed_file_ends_the_run_and_is_not_overwritten(sends: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    Path(FILE).write_text('{"version": 1,\n<<<<<<< HEAD\n')
    result = sends.runpytest(*arguments)

    assert (result.ret, Path(FILE).read_text()) == (
        pytest.ExitCode.USAGE_ERROR,
        '{"version": 1,\n<<<<<<< HEAD\n',
    )
    result.stderr.fnmatch_lines(["ERROR: --acr-budgets: budgets.json: line 2, column 1: expected JSON: *"])


def test_path_of_no_file_ends_the_run(sends: pytest.Pytester) -> None:
    """A pipe would block the run for ever."""
    os.mkfifo("pipe")
    for path, problem in [
        (".", "*expected the path of a file, found a folder*"),
        ("pipe", "*found a device, a pipe or a socket*"),
        ("absent/budgets.json", "*expected a file in a folder that can be written, but there is no folder absent"),
    ]:
        result = sends.runpytest("--acr-budgets", path, "--acr-budgets-update")
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([f"ERROR: --acr-budgets: {problem}"])


def test_update_needs_a_file(sends: pytest.Pytester) -> None:
    result = sends.runpytest("--acr-budgets-update")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: --acr-budgets-update: expected --acr-budgets FILE as well, *"])


def test_ini_file_and_environment_set_both_options(sends: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path in the ini file starts at its folder."""
    sends.makeini("[pytest]\nacr_budgets = budgets.json\n")
    Path("below").mkdir()
    monkeypatch.chdir("below")
    monkeypatch.setenv("PYTEST_ACR_BUDGETS_UPDATE", "yes")
    sends.runpytest("..").assert_outcomes(passed=2)
    monkeypatch.setenv("PYTEST_ACR_BUDGETS_UPDATE", "no")
    write = sends.path / FILE
    write.write_text(write.read_text().replace('"requests": 2', '"requests": 1'))
    result = sends.runpytest("..")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines([f'accept it with: pytest "../{TWO}" --acr-budgets {write} --acr-budgets-update'])


def test_live_run_says_why_it_compares_nothing(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makepyfile("def test(): pass")
    live = ("--acr-live-endpoint", "https://registry.example")
    result = pytester.runpytest(*COMPARE, *live)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        ["no test was compared: the run was against https://registry.example, whose requests are not recorded"]
    )

    result = pytester.runpytest(*UPDATE, *live)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: --acr-budgets-update: expected no --acr-live-endpoint with it, found *: requests *"]
    )


def test_runs_within_uncounted_runs_do_not_count(sends: pytest.Pytester) -> None:
    """Neither a request during the test, nor a run of it before its teardown, as in a sweep."""
    sends.makeconftest(
        """
        import copy

        import pytest
        from _pytest.runner import runtestprotocol
        from pytest_acr.plugin.uncounted import uncounted_runs

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_call(item):
            session, url = item.funcargs["acr_session"], item.funcargs["acr_endpoint"]
            with uncounted_runs(item.config):
                session.get(url)
            return (yield)

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_teardown(item):
            if not hasattr(item, "is_rerun"):
                rerun = copy.copy(item)
                rerun.is_rerun, rerun.stash = True, pytest.Stash()
                rerun._initrequest()
                with uncounted_runs(item.config), uncounted_runs(item.config):
                    item.session._setupstate.teardown_exact(rerun)
                    runtestprotocol(rerun, log=False, nextitem=item)
            return (yield)
        """
    )
    sends.runpytest(*UPDATE).assert_outcomes(passed=2)
    assert {name: numbers["requests"] for name, numbers in read_tests().items()} == {ONE: 1, TWO: 2}
