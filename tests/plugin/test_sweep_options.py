"""Which tests are swept, with which options, and the reasons of those that are not."""

import re

import pytest

from tests.support.suites import AddSuite

CALL = """
    import pytest

    @pytest.mark.acr(auth="off")
    {marker}
    def test_call(acr_session, acr_endpoint):
        acr_session.get(acr_endpoint + "/v2/")
"""


def swept_in(result: pytest.RunResult) -> dict[str, str]:
    """Return the numbers of each sweep, or why there was none, by its test."""
    text = result.stdout.str()
    swept = re.findall(r"^\S+\.py::(\S+)\n\d+ calls?, (\d+ runs?): .*$", text, re.MULTILINE)
    others = re.findall(r"^\S+::(\S+): (not swept, .*)$", text, re.MULTILINE)
    return dict([*swept, *others])


def columns_in(result: pytest.RunResult) -> list[str]:
    """Return the columns of the only table."""
    [row] = [place for place, line in enumerate(result.outlines) if re.match(r"\d+ calls?, ", line)]
    return result.outlines[row + 1].split()


def test_test_that_cannot_be_swept_says_why(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    add_suite("not_swept")
    result = pytester.runpytest("-W", "error", "--tb=short")

    result.assert_outcomes(failed=8, passed=1, errors=2, skipped=1, xfailed=1)
    assert swept_in(result) == {"test_expected": "not swept, it is expected to fail"}
    expected = {
        "test_fails": "not swept: the test fails without a failure of its requests",
        "test_subtest_fails": "not swept: the test fails without a failure of its requests",
        "test_no_requests": "the test cannot be swept: the code sends no request to a fake registry, or none *",
        "test_no_registry": "the test cannot be swept: the code sends no request to a fake registry, or none *",
        "test_differs": "the test cannot be swept: two runs without * differ: request 1 is *",
        "test_has_no_end": "the test cannot be swept: expected code that ends *: it took more than 0.2 s*",
        "ERROR at setup of test_setup_fails": "E   RuntimeError: the setup fails",
        "ERROR at teardown of test_teardown_fails": "E   RuntimeError: the teardown fails",
        "test_unused_fault": "not swept: the test fails without a failure of its requests",
    }
    for heading, text in expected.items():
        pytest.LineMatcher(result.outlines).fnmatch_lines([f"_* {heading} _*", text])


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("effect='all'", "there is no argument 'effect'; the arguments are effects, expect, endpoints, limit, *"),
        ("'all'", "expected keyword arguments alone, found 'all'"),
        ("effects='Trunkate'", "effects: expected one of *Truncate, *, found 'Trunkate'"),
        ("endpoints='tag.list'", "*'tag.list'*tags.list*"),
        ("expect='AzureError'", "expect: expected classes of exceptions, found str"),
        ("limit=0", "limit: expected at least 1, found 0"),
        ("depth=3", "depth: expected 1 or 2, found 3"),
        ("seconds='1'", "seconds: expected int or float, found str"),
    ],
)
def test_wrong_marker_is_an_error(pytester: pytest.Pytester, marker: str, message: str) -> None:
    pytester.makepyfile(CALL.format(marker=f"@pytest.mark.acr_sweep({marker})"))
    result = pytester.runpytest()

    result.assert_outcomes(errors=1)
    error = message.replace("[", "[[]")
    result.stdout.fnmatch_lines([f"E   *Error: @pytest.mark.acr_sweep({marker}): {error}"])


def test_nearest_marker_wins(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        pytestmark = [pytest.mark.acr(auth="off"), pytest.mark.acr_sweep(effects="Truncate", endpoints="base")]

        @pytest.mark.acr_sweep(effects="Refuse(503)")
        def test_call(acr_session, acr_endpoint):
            acr_session.get(acr_endpoint + "/v2/")
            acr_session.get(acr_endpoint + "/v2/_catalog")
        """
    )
    result = pytester.runpytest()

    result.assert_outcomes(passed=1)
    assert swept_in(result) == {"test_call": "1 run"}
    assert columns_in(result) == ["Refuse(503)"]


@pytest.mark.parametrize(
    ("arguments", "variable", "ini", "columns"),
    [
        (("--acr-sweep",), None, None, 5),
        ((), "yes", None, 5),
        ((), None, "yes", 5),
        ((), "no", "yes", None),
        (("--acr-sweep", "--acr-sweep-effects", "Truncate, Refuse(503)"), None, None, 2),
        ((), None, None, None),
    ],
)
def test_option_sweeps_each_test_with_requests(
    pytester: pytest.Pytester,
    add_suite: AddSuite,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    variable: str | None,
    ini: str | None,
    columns: int | None,
) -> None:
    pytester.makepyfile(CALL.format(marker=""), test_other="def test_other(acr):\n    assert len(acr.requests) == 0")
    if variable is not None:
        monkeypatch.setenv("PYTEST_ACR_SWEEP", variable)
    if ini is not None:
        pytester.makeini(f"[pytest]\nacr_sweep = {ini}\n")

    result = pytester.runpytest(*arguments)

    result.assert_outcomes(passed=2)
    assert swept_in(result) == ({} if columns is None else {"test_call": f"{columns} runs"})


def test_test_without_a_marker_that_cannot_be_swept_passes(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import random

        def test_random(acr_content_client):
            acr_content_client("samples/hello").upload_blob(random.randbytes(8))
        """
    )
    result = pytester.runpytest("--acr-sweep")

    result.assert_outcomes(passed=1)
    assert swept_in(result)["test_random"].startswith("not swept, two runs without")


def test_doctest_is_not_swept(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        module='''
        def call():
            """
            >>> session = getfixture("acr_session")
            >>> session.get("https://fake.azurecr.io/v2/").status_code
            401
            """
        '''
    )
    result = pytester.runpytest("--doctest-modules", "--acr-sweep", "module.py")

    result.assert_outcomes(passed=1)
    assert swept_in(result) == {"module.call": "not swept, a doctest cannot be run again"}


def test_marked_doctest_is_an_error(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        def pytest_collection_modifyitems(items):
            for item in items:
                item.add_marker(pytest.mark.acr_sweep)
        """
    )
    pytester.makepyfile(module='"""\n>>> 1\n1\n"""')
    result = pytester.runpytest("--doctest-modules", "module.py")

    result.assert_outcomes(failed=0, errors=1)
    result.stdout.fnmatch_lines(["@pytest.mark.acr_sweep: a doctest cannot be run again"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("--acr-sweep", "--acr-live-endpoint", "https://example.com"),
            "--acr-sweep: expected no --acr-live-endpoint with it, as a live registry cannot be made to fail, found *",
        ),
        (
            ("--acr-sweep-baseline-update",),
            "--acr-sweep-baseline-update: expected --acr-sweep-baseline FILE as well, the file to write",
        ),
        (
            ("--acr-sweep-baseline-update", "--acr-sweep-baseline", "file", "--acr-sweep-only", "base#1:Truncate"),
            "--acr-sweep-baseline-update: expected no --acr-sweep-only with it: the file lists *",
        ),
        (("--acr-sweep-effects", "Trunkate"), "--acr-sweep-effects: effects: expected one of *, found 'Trunkate'"),
        (
            ("--acr-sweep-json", "absent/sweep.json"),
            "--acr-sweep-json: expected a file in a folder that can be written, but there is no folder absent",
        ),
        (
            ("--acr-sweep-baseline-update", "--acr-sweep-baseline", "absent/known.json"),
            "--acr-sweep-baseline: expected a file in a folder that can be written, but there is no folder absent",
        ),
    ],
)
def test_wrong_options_are_usage_errors(
    pytester: pytest.Pytester, add_suite: AddSuite, arguments: tuple[str, ...], message: str
) -> None:
    result = pytester.runpytest(*arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: {message}"])


def test_marked_test_is_skipped_in_a_live_run(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makepyfile(CALL.format(marker="@pytest.mark.acr_sweep"))
    result = pytester.runpytest("--acr-live-endpoint", "https://example.com", "-rs")
    result.assert_outcomes(skipped=1)


@pytest.mark.parametrize("option", ["--setup-only", "--setup-plan"])
def test_setup_alone_is_no_sweep(pytester: pytest.Pytester, option: str) -> None:
    pytester.makepyfile(CALL.format(marker="@pytest.mark.acr_sweep"))
    assert "acr sweep" not in pytester.runpytest(option).stdout.str()
