"""A test fails in its call if its fault did nothing, unless an option says otherwise."""

import re

import pytest

from tests.support.suites import AddSuite

FAILING = {
    "test_never",
    "test_marker",
    "test_setup",
    "test_idle",
    "test_block",
    "test_made",
    "test_connected",
    "TestUnittest::test_method",
}
"""The tests that fail for a fault alone."""

OTHERS = {"test_failed_anyway", "test_chance"}
PASSING = 3


def failed_in(result: pytest.RunResult) -> set[str]:
    return set(re.findall(r"^FAILED test_unused_faults\.py::(\S+)", result.stdout.str(), re.MULTILINE))


@pytest.mark.parametrize("arguments", [(), pytest.param(("-n", "2"), marks=pytest.mark.exhaustive)])
def test_tests_with_faults_that_did_nothing_fail(
    arguments: tuple[str, ...], pytester: pytest.Pytester, add_suite: AddSuite
) -> None:
    add_suite("unused_faults")
    result = pytester.runpytest(*arguments)

    assert failed_in(result) == FAILING | OTHERS
    result.assert_outcomes(failed=len(FAILING | OTHERS), passed=PASSING, skipped=1, xfailed=1)
    result.stdout.fnmatch_lines(
        [
            "a fault of this test did nothing (optional=True, or --acr-unused-faults=ignore, if it need not act):",
            "  Refuse(503) at manifest.get never struck: no call matched it; the requests were manifest.head (2)",
        ]
    )


def test_reason_of_an_idle_fault_is_shown(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("unused_faults")
    result = pytester.runpytest("-k", "test_idle")

    reason = "struck 1 call without effect: there is nothing to do; the requests were base (1)"
    result.stdout.fnmatch_lines([f"  Nothing() at base {reason}"])


def test_fault_is_a_line_of_a_test_that_failed_anyway(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("unused_faults")
    result = pytester.runpytest("-k", "failed_anyway")

    result.stdout.fnmatch_lines(
        [
            "E   *AssertionError: for another reason",
            "fault in force: Refuse(503) at base, 0 hits",
            "fault that did nothing: Refuse(503) at base never struck: no call matched it; the registry received no *",
        ]
    )


def test_seed_is_that_of_the_test_and_in_its_report(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("unused_faults")
    outputs = [pytester.runpytest("-k", "test_chance").stdout.str() for _ in range(2)]

    [[seed], [again]] = [re.findall(r"AssertionError: seed is \[(\d+)\]", output)[:1] for output in outputs]
    assert seed == again
    assert f"fault in force: Refuse(503) at base, 0 hits, seed {seed}" in outputs[0]


def test_warning_instead_of_a_failure(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("unused_faults")
    result = pytester.runpytest("--acr-unused-faults=warn", "-Wdefault", "-k", "test_marker or test_struck")

    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*UnusedFaultWarning: a fault of this test did nothing *"])


def test_faults_may_be_ignored(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("unused_faults")
    pytester.makeini("[pytest]\nacr_unused_faults = ignore\n")

    assert failed_in(pytester.runpytest("-k", "not expected")) == OTHERS


def test_wrong_mode_is_refused(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("unused_faults")
    result = pytester.runpytest("--acr-unused-faults=maybe")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*--acr-unused-faults: invalid choice: 'maybe' (choose from *fail*, *warn*, *ignore*)"]
    )


def test_fault_of_a_failed_setup_is_not_reported_by_the_next_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        from fake_registry import Fault, Refuse

        KEPT = []

        @pytest.fixture
        def broken(make_acr):
            KEPT.append(make_acr())
            KEPT[0].faults.add(Fault("base", Refuse(503)))
            raise RuntimeError("the setup fails")

        def test_with_a_broken_setup(broken):
            pass

        def test_next():
            assert len(KEPT[0].faults) == 1
        """
    )
    pytester.runpytest().assert_outcomes(errors=1, passed=1)


def test_fault_behind_the_login_is_explained(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from fake_registry import Fault, Refuse

        def test_without_a_token(acr, acr_session, acr_endpoint):
            acr.faults.add(Fault("tags.*", Refuse(503)))
            assert acr_session.get(f"{acr_endpoint}/v2/a/tags/list").status_code == 401

        def test_with_a_token(acr, acr_client):
            acr.push_image("a:1")
            acr.faults.add(Fault("acr.tag.get", Refuse(503), repository="b"))
            assert acr_client.get_tag_properties("a", "1").name == "1"  # after a 401
        """
    )
    called = "the requests were tags.list (1)"
    reason = "the login refused each call there (401) before the fault could act: see when='door'"
    result = pytester.runpytest("-rN")  # the short summary has them once more if CI is set

    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines([f"*no call matched it; {called}; {reason}"])
    assert result.stdout.str().count(reason) == 1
