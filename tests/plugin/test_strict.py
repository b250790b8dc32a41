"""Strict mode reports the mistakes of clients, or fails the test."""

import re
from typing import Final

import pytest

from fake_registry import FakeRegistry, Settings
from tests.support.suites import AddSuite

BROKEN: Final = {
    "test_twice",
    "test_marked",
    "test_teardown",
    "test_two_registries",
    "TestUnittest::test_method",
    "test_async[asyncio]",
}
"""The tests that fail for a mistake alone, in the mode `fail`."""

MARKED: Final = {"test_marked"}
"""Those that fail without the option."""

ANYWAY: Final = {"test_failed_anyway"}
ALL: Final = 15

LIVE_SUITE: Final = """
    import pytest

    @pytest.mark.acr_strict
    def test_twice(acr_session, acr_endpoint):
        for _ in range(2):
            assert acr_session.get(f"{acr_endpoint}/v2/").status_code == 200
"""


def failed_in(result: pytest.RunResult) -> set[str]:
    lines = result.stdout.str()
    return set(re.findall(r"^(?:FAILED|ERROR) test_strict\.py::(\S+)", lines, re.MULTILINE))


def section_of(result: pytest.RunResult) -> list[str]:
    """Return the lines of the summary of strict mode; empty without one."""
    _, *after = re.split(r"^=+ acr strict =+$", result.stdout.str(), flags=re.MULTILINE)
    section = re.split(r"^=+ ", "".join(after), maxsplit=1, flags=re.MULTILINE)[0]
    return section.strip().splitlines()


def test_tests_fail_for_mistakes(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("strict")
    result = pytester.runpytest("--acr-strict=fail")

    assert failed_in(result) == BROKEN | ANYWAY
    result.assert_outcomes(failed=6, errors=1, passed=ALL - 6, skipped=1)
    assert section_of(result)[:2] == ["blob-uploaded-twice: 10 mistakes in 9 tests", ""]
    assert "traceback entries" not in result.stdout.str()  # pytest says so where all are hidden
    result.stdout.fnmatch_lines(
        [
            "mistakes of clients: blob-uploaded-twice (1)",
            "blob-uploaded-twice: A blob is uploaded to a repository *",
            "  dev/web@sha256:fa2c8cc4f281 was uploaded before",
            "    #1 PUT upload.finish dev/web upload * -> 201",
            "    #2 POST upload.start dev/web -> 202",
            "    #3 PUT upload.finish dev/web upload * -> 201",
            "  instead: *",
            "  source: distribution-spec v1.1.1, *",
            '  to allow it: allow=[[]"blob-uploaded-twice"]',
        ]
    )


def test_each_registry_is_named_where_there_are_several(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("strict")
    result = pytester.runpytest("--acr-strict=fail", "-k", "two_registries")

    result.stdout.fnmatch_lines(
        [
            "mistakes of clients: blob-uploaded-twice (2)",
            "  one.azurecr.io: dev/web@sha256:fa2c8cc4f281 was uploaded before",
            "  two.azurecr.io: dev/web@sha256:fa2c8cc4f281 was uploaded before",
        ]
    )
    result.stdout.no_fnmatch_line("*- acr strict -*")


@pytest.mark.parametrize("arguments", [("-n", "1"), pytest.param((), marks=pytest.mark.exhaustive)])
def test_mistakes_are_reported(arguments: tuple[str, ...], pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("strict")
    result = pytester.runpytest("--acr-strict=report", "-rPfE", *arguments)

    assert failed_in(result) == ANYWAY
    result.assert_outcomes(failed=1, passed=ALL - 1, skipped=1)
    lines = section_of(result)
    assert lines[:2] == ["blob-uploaded-twice: 10 mistakes in 9 tests", ""]
    assert sum(line.startswith("  test_strict.py::") for line in lines) == 5
    assert "  and 4 more mistakes" in lines
    result.stdout.fnmatch_lines(["*- acr strict -*", "blob-uploaded-twice: *", "*_ test_twice _*", "*- acr strict -*"])


def test_failure_for_another_reason_has_the_section(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("strict")
    result = pytester.runpytest("--acr-strict=fail", "-k", "anyway")

    result.stdout.fnmatch_lines(
        ["E   *AssertionError: for another reason", "*- acr strict -*", "blob-uploaded-twice: *"]
    )


def test_verbose_report_has_each_mistake(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("strict")
    pytester.makeini("[pytest]\nacr_strict = report\n")
    lines = section_of(pytester.runpytest("-v"))

    assert sum(line.startswith("  test_strict.py::") for line in lines) == 9
    assert not [line for line in lines if "more mistakes" in line]


def test_marker_alone_fails_its_test(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("strict")
    result = pytester.runpytest()

    assert failed_in(result) == MARKED | ANYWAY
    assert section_of(result)[0] == "blob-uploaded-twice: 2 mistakes in 2 tests"


def test_option_can_switch_it_off(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_suite("strict")
    monkeypatch.setenv("PYTEST_ACR_STRICT", "no")
    result = pytester.runpytest()

    assert failed_in(result) == ANYWAY
    assert section_of(result) == []


def test_runs_of_a_sweep_are_not_checked(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("strict")
    pytester.makeconftest(
        """
        from pytest_acr.plugin.stash_keys import IS_RERUN

        def pytest_runtest_setup(item):
            item.stash[IS_RERUN] = True
        """
    )
    assert failed_in(pytester.runpytest("--acr-strict=fail")) == ANYWAY


def test_option_allows_rules_in_all_tests(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("strict")
    allowed = "--acr-strict-allow=missing-content-length, blob-uploaded-twice"
    result = pytester.runpytest("--acr-strict=fail", allowed)

    assert failed_in(result) == ANYWAY
    assert section_of(result) == []


def test_unknown_rule_in_the_option_is_refused(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    result = pytester.runpytest("--acr-strict-allow=blob-uploaded-twise")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    known = "the rules are blob-uploaded-twice, *"
    result.stderr.fnmatch_lines([f"*--acr-strict-allow: there is no rule 'blob-uploaded-twise'; {known}"])


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (
            'allow=["blob-uploaded-twise"]',
            "*ValueError: @*(allow=*): there is no rule 'blob-uploaded-twise'; the rules are blob-uploaded-twice, *",
        ),
        ('allow="login-per-call"', "*TypeError: *: allow: expected an iterable of str, found str: put*"),
        ('mode="warn"', "*ValueError: *: mode: expected one of report, fail, no*, found 'warn'"),
        ("mood=1", "*TypeError: *: there is no argument 'mood'; the arguments are mode, allow"),
        ('"report"', "*TypeError: *: expected keyword arguments alone, found 'report'"),
    ],
)
def test_wrong_marker_is_an_error(pytester: pytest.Pytester, add_suite: AddSuite, arguments: str, problem: str) -> None:
    pytester.makepyfile(
        f"""
        import pytest

        @pytest.mark.acr_strict({arguments})
        def test_nothing():
            pass
        """
    )
    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([problem])


def test_wrong_mode_is_refused(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    result = pytester.runpytest("--acr-strict=maybe")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--acr-strict: invalid choice: 'maybe' (choose from *report*, *fail*, *no*)*"])


def test_live_run_reports_that_it_checks_nothing(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makepyfile(LIVE_SUITE)
    with FakeRegistry(Settings(profile="oci", auth="off")) as registry, registry.serve() as server:
        result = pytester.runpytest("--acr-live-endpoint", server.url)

    result.assert_outcomes(passed=1)
    reason = "--acr-live-endpoint is set, and a live registry does not record requests"
    assert section_of(result) == [f"no test was checked: {reason}"]
