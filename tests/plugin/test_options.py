"""--acr-transport: command line, then environment, then ini; and what is none of the three transports."""

import pytest

from tests.support.suites import AddSuite

SCHEME = """
    def test_scheme(acr_endpoint, acr_server):
        if {expected!r} == "memory":
            assert acr_endpoint == "https://fake.azurecr.io"
        else:
            assert acr_endpoint == acr_server.url == f"{expected}://127.0.0.1:{{acr_server.port}}"
"""


@pytest.mark.parametrize(
    ("command_line", "environment", "ini", "expected"),
    [
        (None, None, None, "memory"),
        (None, None, "http", "http"),
        (None, "http", None, "http"),
        ("http", None, None, "http"),
        (None, "https", "http", "https"),
        ("https", "http", "memory", "https"),
        ("memory", "http", "https", "memory"),
        (None, "", "http", "http"),
        (None, None, "", "memory"),
    ],
)
def test_nearest_source_wins(
    pytester: pytest.Pytester,
    add_suite: AddSuite,
    monkeypatch: pytest.MonkeyPatch,
    command_line: str | None,
    environment: str | None,
    ini: str | None,
    expected: str,
) -> None:
    if ini is not None:
        pytester.makeini(f"[pytest]\nacr_transport = {ini}\n")
    if environment is not None:
        monkeypatch.setenv("PYTEST_ACR_TRANSPORT", environment)
    pytester.makepyfile(SCHEME.format(expected=expected))
    arguments = [] if command_line is None else ["--acr-transport", command_line]
    pytester.runpytest("-W", "error", *arguments).assert_outcomes(passed=1)


def test_unknown_transport_on_the_command_line(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    result = pytester.runpytest("--acr-transport", "ftp")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("*--acr-transport: invalid choice: 'ftp' (choose from *memory*, *http*, *https*)*")


def test_unknown_transport_in_the_environment(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ACR_TRANSPORT", "ftp")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: PYTEST_ACR_TRANSPORT: expected one of memory, http, https, found 'ftp'")


def test_unknown_transport_in_the_ini_file(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    pytester.makeini("[pytest]\nacr_transport = ftp\n")
    result = pytester.runpytest()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("ERROR: acr_transport: expected one of memory, http, https, found 'ftp'")


def test_mistake_that_is_overridden_does_not_matter(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ACR_TRANSPORT", "ftp")
    pytester.makepyfile(SCHEME.format(expected="http"))
    pytester.runpytest("-W", "error", "--acr-transport", "http").assert_outcomes(passed=1)


def test_help_tells_the_option(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    result = pytester.runpytest("--help")
    result.stdout.fnmatch_lines(
        ["Azure Container Registry:", "*--acr-transport={memory,http,https}*", "*acr_transport (string):*"]
    )
