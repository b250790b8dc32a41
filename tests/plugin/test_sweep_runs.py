"""The runs of a sweep share nothing of function scope, and leave nothing."""

import json
import re

import pytest

from tests.support.suites import AddSuite

BROKEN = {
    "test_endless": "it took more than 2 s",
    "test_subtests": "AssertionError: assert 503 == 200",
    "test_skipped": "Skipped: not there",
    "test_teardown": "AssertionError: assert 503 == 200",
}
"""What the run with `base#1:Refuse(503)` of each test reports."""


def test_runs_share_and_leave_nothing(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    """The suite fails if a registry of a former run is alive. Run in a new process, because a pytest
    inside of pytest records the arguments of all hooks."""
    add_suite("swept_runs")
    result = pytester.runpytest_subprocess("--acr-har=har", "--basetemp=temp", "-rN", "-p", "no:randomly")

    assert result.parseoutcomes() == {"passed": 5, "failed": 2 * len(BROKEN), "warnings": 1}
    assert list((pytester.path / "har").iterdir()) == []
    folders = [path.name for path in (pytester.path / "temp").iterdir() if not path.is_symlink()]
    assert folders == ["test_function0"]
    assert "acr requests" not in result.stdout.str()

    headings = re.findall(r"^_+ (test_\w+) \[base#1:Refuse\(503\)\] _+$", result.stdout.str(), re.MULTILINE)
    assert headings == list(BROKEN)
    for test, text in BROKEN.items():
        heading = f"_* {test} [[]base#1:Refuse(503)[]] _*"
        pytest.LineMatcher(result.outlines).fnmatch_lines([heading, f"*{text}*"])

    place = result.outlines.index("test_swept_runs.py::test_marked_fault_need_not_act_in_each_run")
    assert result.outlines[place + 1] == "2 calls, 4 runs: 3 survived, 1 failed cleanly"


def test_example_of_hypothesis_is_run_once(pytester: pytest.Pytester) -> None:
    """Hypothesis runs an example that has failed once more: the fault is gone by then."""
    pytester.makepyfile(
        """
        import pytest
        from fake_registry import Settings
        from hypothesis import example, given, settings, strategies
        from pytest_acr import connect

        RUNS = []

        @pytest.mark.acr_sweep(effects="Refuse(503)")
        @given(number=strategies.integers(0, 9))
        @example(number=10)
        @settings(max_examples=7)
        def test_call(make_acr, number):
            RUNS.append(number)
            with connect(make_acr(Settings(auth="off"))) as connection:
                assert connection.session.get(connection.endpoint + "/v2/").status_code == 200

        def test_runs():
            [_, *rest] = RUNS
            assert len(rest) == 7 + 3
            assert rest[7:] == [0, 0, 0]
        """
    )
    result = pytester.runpytest()

    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(
        ["base#1:Refuse(503) is broken: it raised an exception *", "  error: AssertionError: assert 503 == 200"]
    )


@pytest.mark.parametrize(("scopes", "errors"), [(["module"], 1), (["function"], 1), (["module", "function"], 2)])
def test_error_of_a_teardown_is_reported_once(pytester: pytest.Pytester, scopes: list[str], errors: int) -> None:
    """A fixture of function scope that fails ends the test without a sweep."""
    fixtures = "".join(
        f"""
        @pytest.fixture(autouse=True, scope={scope!r})
        def of_{scope}():
            yield
            raise RuntimeError("{scope} fails")
        """
        for scope in scopes
    )
    pytester.makepyfile(
        f"""
        import pytest
        {fixtures}
        @pytest.mark.acr_sweep(effects="Truncate")
        @pytest.mark.acr(auth="off")
        def test_call(acr_session, acr_endpoint):
            print("output")
            acr_session.get(acr_endpoint + "/v2/")
        """,
        test_next="def test_next():\n    assert True",
    )
    result = pytester.runpytest()

    result.assert_outcomes(passed=2, errors=errors)
    assert result.outlines.count("output") == errors
    for scope in scopes:
        assert result.stdout.str().count(f"E       RuntimeError: {scope} fails") == 1
    assert ("1 call, 1 run" in result.stdout.str()) == ("function" not in scopes)


def test_registry_of_a_wider_fixture_is_in_each_run_as_it_was(pytester: pytest.Pytester) -> None:
    """And after the sweep it is as the test has left it."""
    pytester.makepyfile(
        """
        import pytest
        from fake_registry import FakeRegistry, Settings
        from pytest_acr import connect

        @pytest.fixture(scope="module")
        def shared():
            registry = FakeRegistry(Settings(auth="off"))
            registry.push_image("dev/web:1.0")
            with connect(registry) as connection:
                yield connection

        def tags_of(connection):
            return connection.session.get(connection.endpoint + "/v2/dev/web/tags/list").json()["tags"]

        @pytest.mark.acr_sweep(effects="Refuse(503)", endpoints="acr.tag.delete")
        def test_delete(shared):
            assert tags_of(shared) == ["1.0"]
            shared.session.delete(shared.endpoint + "/acr/v1/dev/web/_tags/1.0").raise_for_status()

        def test_next(shared):
            assert tags_of(shared) in (None, [])
        """
    )
    result = pytester.runpytest()

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        [
            "* call*, 1 run: 1 failed cleanly",
            "fake.azurecr.io is of a wider scope than the test: all runs share it and its clients",
            "all runs share the fixtures of wider scope: shared",
        ]
    )


def test_budget_of_a_test_has_no_run_of_its_sweep(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.acr_sweep(effects="Refuse(503)")
        @pytest.mark.acr(auth="off")
        def test_call(acr_session, acr_endpoint):
            while acr_session.get(acr_endpoint + "/v2/").status_code == 503:
                pass
        """
    )
    pytester.runpytest("--acr-budgets=budgets.json", "--acr-budgets-update").assert_outcomes(passed=1)

    [numbers] = json.loads((pytester.path / "budgets.json").read_text())["tests"].values()
    assert numbers["requests"] == 1


def test_interrupted_teardown_does_not_disturb_the_next_run(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import itertools
        import pytest

        RUNS = itertools.count(1)

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_teardown():
            if next(RUNS) == 4:
                raise RuntimeError("interrupted")
        """
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.acr_sweep(effects=["Refuse(503)", "Truncate", "Corrupt"])
        @pytest.mark.acr(auth="off")
        def test_call(acr_session, acr_endpoint):
            acr_session.get(acr_endpoint + "/v2/")
        """
    )
    result = pytester.runpytest()

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["base#1:Refuse(503) is broken: *", "  error: RuntimeError: interrupted"])
    result.stdout.fnmatch_lines(["1 call, 3 runs: 1 survived, 1 failed cleanly, 1 broken"])


def test_time_limit_of_a_test_ends_before_its_sweep(pytester: pytest.Pytester) -> None:
    """With the hook of pytest-timeout, which is called once more at the end of a test."""
    pytester.makepyfile(
        time_limits="""
        CANCELLED = []

        class Hooks:
            def pytest_timeout_cancel_timer(self, item):
                pass

        def pytest_addhooks(pluginmanager):
            pluginmanager.add_hookspecs(Hooks)

        def pytest_timeout_cancel_timer(item):
            CANCELLED.append(item.name)
        """,
        test_limit="""
        import pytest
        from time_limits import CANCELLED

        RUNS = []

        @pytest.mark.acr(auth="off")
        @pytest.mark.acr_sweep(effects="Refuse(503)")
        def test_call(acr_session, acr_endpoint):
            acr_session.get(acr_endpoint + "/v2/")
            RUNS.append(list(CANCELLED))

        def test_runs():
            assert RUNS == [[], *3 * [["test_call"]]]
        """,
    )
    pytester.syspathinsert()
    result = pytester.runpytest("-p", "time_limits")

    result.assert_outcomes(passed=2)


def test_error_of_a_plugin_that_reports_is_a_failure_of_the_run(pytester: pytest.Pytester) -> None:
    """pytest raises one for an interruption between two lines: a frame of its traceback has no line."""
    pytester.makeconftest(
        """
        import itertools
        import pytest

        CALLS = itertools.count(1)

        @pytest.hookimpl(wrapper=True)
        def pytest_runtest_makereport(call):
            report = yield
            if call.when == "call" and next(CALLS) in (4, 5):
                raise TypeError("cannot be shown")
            return report
        """
    )
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.acr_sweep(effects=["Refuse(503)", "Corrupt", "Delay"])
        @pytest.mark.acr(auth="off")
        def test_call(acr_session, acr_endpoint):
            assert acr_session.get(acr_endpoint + "/v2/").status_code == 200
        """
    )
    result = pytester.runpytest()

    result.stdout.fnmatch_lines(["base#1:Refuse(503) is broken: *", "  error: AssertionError: assert 503 == 200"])
    result.stdout.fnmatch_lines(["base#1:Corrupt is broken: *", "  error: *TypeError: cannot be shown"])
    result.stdout.fnmatch_lines(["1 call, 3 runs: 1 survived, 2 broken"])
