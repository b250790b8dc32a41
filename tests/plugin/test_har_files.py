"""`--acr-har DIR`: a file with the requests of each failing test."""

import json
import re
from pathlib import Path

import pytest

from pytest_acr.plugin.report import file_name_of
from tests.support.suites import AddSuite

FAILING = {
    "setup",
    "teardown",
    "call",
    "without_traceback",
    "unknown_fixture",
    "strict_mark",
    "thread",
    "made",
    "connected",
    "network",
    "many_requests",
}


def targets_in(har: Path) -> list[str]:
    return [entry["request"]["url"] for entry in json.loads(har.read_text())["log"]["entries"]]


@pytest.mark.parametrize(
    "arguments",
    [(), pytest.param(("-n", "2"), marks=pytest.mark.exhaustive), ("--acr-show-requests=no", "--show-capture=no")],
)
def test_each_failing_test_has_its_file(
    arguments: tuple[str, ...], pytester: pytest.Pytester, add_suite: AddSuite
) -> None:
    add_suite("reports")
    result = pytester.runpytest("--acr-har", "new/folder", "-k", "not subprocess", *arguments)

    files = {path.name: path for path in Path("new/folder").iterdir()}
    names = {f"test_reports.py_test_{name}.har" for name in FAILING}
    assert files.keys() == names | {"test_reports.py_TestUnittest_test_method-6db6625c.har"}
    assert targets_in(files["test_reports.py_test_call.har"]) == [
        "https://fake.azurecr.io/v2/dev/web/manifests/in-call"
    ]
    assert len(targets_in(files["test_reports.py_test_many_requests.har"])) == 30
    result.stdout.fnmatch_lines(["*- acr har -*", f"the requests are in {Path.cwd()}/new/folder/test_reports.py_*.har"])


def test_variable_and_ini_file_name_the_folder(
    pytester: pytest.Pytester, add_suite: AddSuite, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_suite("reports")
    pytester.makeini("[pytest]\nacr_har = from-ini\n")
    pytester.runpytest("-k", "test_call")
    monkeypatch.setenv("PYTEST_ACR_HAR", "from-variable")
    pytester.runpytest("-k", "test_call")

    assert [len(list(Path(name).iterdir())) for name in ("from-ini", "from-variable")] == [1, 1]


@pytest.mark.parametrize("folder", ["file", "file/below"])
def test_folder_that_cannot_be_written_is_refused_before_the_first_test(
    folder: str, pytester: pytest.Pytester, add_suite: AddSuite
) -> None:
    add_suite("reports")
    Path("file").write_text("kept")
    result = pytester.runpytest("--acr-har", folder)

    assert (result.ret, Path("file").read_text()) == (pytest.ExitCode.USAGE_ERROR, "kept")
    result.stderr.fnmatch_lines([f"ERROR: --acr-har: expected a folder that can be written, found '{folder}'*"])


def test_folder_that_has_gone_leaves_the_failure_as_it_is(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import shutil

        def test(acr_session, acr_endpoint):
            acr_session.get(f"{acr_endpoint}/v2/")
            shutil.rmtree("gone")
            assert False, "its own failure"
        """
    )
    result = pytester.runpytest("--acr-har", "gone")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*its own failure*", "(the HAR file cannot be written: *expected a file in an existing*"]
    )


@pytest.mark.parametrize(
    ("nodeid", "name"),
    [
        ("test_a.py::test_b", "test_a.py_test_b"),
        ("tests/test_a.py::test_b", "tests_test_a.py_test_b-[0-9a-f]{8}"),
        ("test_a.py::test_b[x/y]", "test_a.py_test_b_x_y_-[0-9a-f]{8}"),
        ("test_a.py::test_b[\N{PACKAGE}]", "test_a.py_test_b___-[0-9a-f]{8}"),
        ("test_a.py::test_" + "b" * 300, "test_a.py_test_b+-[0-9a-f]{8}"),
        ("..::\0", "..__-[0-9a-f]{8}"),
    ],
)
def test_name_of_a_file_is_made_of_the_node_id(nodeid: str, name: str) -> None:
    found = file_name_of(nodeid)
    assert re.fullmatch(rf"{name}\.har", found)
    assert len(found) < 140


def test_two_tests_never_share_a_file() -> None:
    cases = [
        f"test_a.py::test[{text}]" for text in ("a b", "a/b", "a_b", "a:b", "\ud800", "\ud801", "x" * 200, "x" * 201)
    ]
    tests = [
        "a/test_b.py::t",
        "a_test_b.py::t",
        "b.py::T::t",
        "b.py::T_t",
        "b.py::t_t",
        "b.py::test_HEAD",
        "b.py::test_head",
    ]

    names = [file_name_of(nodeid).lower() for nodeid in [*cases, *tests]]  # case does not count on macOS
    assert len(set(names)) == len(names)
