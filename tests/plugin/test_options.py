"""Options: the order of their three sources, invalid values, and rows that a test adds."""

import pytest

from pytest_acr.plugin.options import OPTIONS
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


def test_overridden_mistake_is_ignored(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ACR_TRANSPORT", "ftp")
    pytester.makepyfile(SCHEME.format(expected="http"))
    pytester.runpytest("-W", "error", "--acr-transport", "http").assert_outcomes(passed=1)


def test_help_lists_every_option(pytester: pytest.Pytester, add_suite: AddSuite) -> None:
    result = pytester.runpytest("--help")
    result.stdout.fnmatch_lines(
        [
            "Azure Container Registry:",
            "*--acr-transport={memory,http,https}*",
            "*--acr-live-endpoint=URL*",
        ]
    )
    result.stdout.fnmatch_lines([f"  {option.ini} (string):*" for option in OPTIONS])


NEW_ROW = """
    from pathlib import Path
    from pytest_acr.plugin.options import PluginOption, add_option, value_of

    def parse(text):
        if text.endswith("/"):
            raise ValueError(f"expected a folder without a slash, found {text!r}")
        return Path(text)

    HAR = PluginOption(
        name="har_folder", metavar="DIR", parse=parse, default=Path("default"), help="write files"
    )

    def pytest_addoption(parser):
        add_option(parser, HAR)

    def pytest_report_header(config):
        return f"har folder: {value_of(config, HAR)}"
"""


@pytest.mark.parametrize(
    ("source", "text", "line"),
    [
        ("--acr-har-folder", "one", "har folder: one"),
        ("PYTEST_ACR_HAR_FOLDER", "two", "har folder: two"),
        ("acr_har_folder", "three", "har folder: three"),
        ("none", "", "har folder: default"),
        (
            "--acr-har-folder",
            "one/",
            "ERROR: --acr-har-folder: expected a folder without a slash, *",
        ),
        ("PYTEST_ACR_HAR_FOLDER", "two/", "ERROR: PYTEST_ACR_HAR_FOLDER: expected a folder *"),
        ("acr_har_folder", "three/", "ERROR: acr_har_folder: expected a folder without a slash, *"),
    ],
)
def test_new_option_is_a_row(
    pytester: pytest.Pytester,
    add_suite: AddSuite,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    text: str,
    line: str,
) -> None:
    pytester.makeconftest(NEW_ROW)
    arguments = [source, text] if source.startswith("--") else []
    if source.isupper():
        monkeypatch.setenv(source, text)
    if source.startswith("acr_"):
        pytester.makeini(f"[pytest]\n{source} = {text}\n")

    result = pytester.runpytest(*arguments)

    lines = result.outlines + result.errlines
    pytest.LineMatcher(lines).fnmatch_lines(line)


@pytest.mark.parametrize(
    ("arguments", "environment", "problem"),
    [
        (["--acr-budgets-update=yes"], "", "*--acr-budgets-update: ignored explicit argument 'yes'*"),
        ([], "1", "ERROR: PYTEST_ACR_BUDGETS_UPDATE: expected one of yes, no, found '1'"),
    ],
)
def test_flag_alone_has_no_value(
    pytester: pytest.Pytester,
    add_suite: AddSuite,
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    environment: str,
    problem: str,
) -> None:
    monkeypatch.setenv("PYTEST_ACR_BUDGETS_UPDATE", environment)
    result = pytester.runpytest(*arguments)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(problem)
