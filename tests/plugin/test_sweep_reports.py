"""What a sweep reports: failures, the table, JUnit XML, JSON, and the file of known broken runs."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from tests.support.suites import AddSuite

CASES = ("tags.list#1:Refuse(503)", "acr.tag.delete#1:Refuse(503)")
"""The broken runs of `suites/swept_bugs.py`."""

Run = Callable[..., pytest.RunResult]


@pytest.fixture
def run(pytester: pytest.Pytester, add_suite: AddSuite) -> Run:
    """Run the suite with some arguments."""
    add_suite("swept_bugs")
    return lambda *arguments: pytester.runpytest("-W", "error", *arguments)


def shown_failures(result: pytest.RunResult) -> list[str]:
    """Return the headings of the failures."""
    return re.findall(r"^_{3,} (test_\S+.*?) _{3,}$", result.stdout.str(), re.MULTILINE)


TABLE = [
    "test_swept_bugs.py::test_bugs",
    "2 calls, 4 runs: 2 failed cleanly, 2 broken",
    "                  Refuse(503)  Disconnect(before)",
    "tags.list#1       B            f",
    "acr.tag.delete#1  B            f",
]


@pytest.mark.parametrize("arguments", [(), ("-v",), pytest.param(("-n", "2"), marks=pytest.mark.exhaustive)])
def test_each_broken_run_is_a_failure(run: Run, arguments: tuple[str, ...]) -> None:
    result = run(*arguments)

    result.assert_outcomes(failed=3, passed=4)
    assert shown_failures(result) == [*[f"test_bugs [{case}]" for case in CASES], "test_bugs"]
    result.stdout.fnmatch_lines(
        [
            "acr.tag.delete#1:Refuse(503) is broken: it passed, but the registry has other content *",
            "    + tag dev/web:1.0 -> sha256:*",
            "  request: #1 DELETE /acr/v1/dev/web/_tags/1.0 -> 503 Refuse(503)",
            '  again: pytest test_swept_bugs.py::test_bugs --acr-sweep-only "acr.tag.delete#1:Refuse(503)"',
            f"2 runs of its sweep are broken: {', '.join(CASES)}",
        ]
    )
    result.stdout.fnmatch_lines(
        [
            "  error: KeyError: 'tags'",
            '  at: test_swept_bugs.py:*: tags: list*str* = session.get(url).json()*"tags"*',
        ]
    )
    result.stdout.fnmatch_lines(TABLE)


def test_one_failure_lists_all_where_pytest_has_no_subtests(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makeconftest("import sys\nsys.modules['_pytest.subtests'] = None")
    result = run("-k", "test_bugs")

    result.assert_outcomes(failed=1)
    assert shown_failures(result) == ["test_bugs"]
    result.stdout.fnmatch_lines(
        [f"2 runs of its sweep are broken: {', '.join(CASES)}", *[f"{one} is broken: *" for one in CASES]]
    )


def test_letters_are_written_while_it_runs(run: Run) -> None:
    result = run("-k", "test_bugs or test_unmarked")
    result.stdout.fnmatch_lines(["test_swept_bugs.py BfBfuuF. * [[]100%[]]"])


def test_letters_fill_lines_as_long_as_the_terminal_is_wide(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    result = run("-k", "test_unmarked", "--acr-sweep", "--acr-sweep-effects=all")

    [first] = [line for line in result.outlines if line.startswith("test_swept_bugs.py ")]
    assert len(first) == 39
    assert set(first.split()[1]) <= set(".fB?-")


def test_letters_have_colours(run: Run) -> None:
    result = run("-k", "test_bugs", "--color=yes")
    assert "tags.list#1  \x1b[31m\x1b[1mB\x1b[0m" in result.stdout.str().replace("       ", "  ")


@pytest.mark.parametrize("arguments", [("-q",), ("-p", "no:terminal"), ("--co",)])
def test_fewer_lines_on_request(run: Run, arguments: tuple[str, ...]) -> None:
    result = run("-k", "test_correct", *arguments)

    assert result.ret == pytest.ExitCode.OK
    lines = [line for line in result.outlines if "1 failed cleanly" in line]
    expected = ["test_swept_bugs.py::test_correct: 1 call, 1 run: 1 failed cleanly"]
    assert lines == (expected if arguments == ("-q",) else [])


def test_only_one_run_on_request(run: Run) -> None:
    result = run("-k", "test_bugs", "--acr-sweep-only", CASES[0])

    result.assert_outcomes(failed=2)
    assert shown_failures(result) == [f"test_bugs [{CASES[0]}]", "test_bugs"]
    result.stdout.fnmatch_lines(
        [
            "    def test_bugs(acr: FakeRegistry, *",
            ">       tags: list*str* = session.get(url).json()*",
            "E       KeyError: 'tags'",
            "-* acr requests -*",
            "  #0 GET tags.list dev/web -> 503 *fault Refuse(503)*",
        ],
    )
    faults = [line for line in result.outlines if line.startswith("fault in force")]
    # twice with CI set: pytest then has the whole failure in its summary as well
    assert set(faults) == {"fault in force: Refuse(503) at tags.list, when='before', 1 hit of at most 1"}


def test_unknown_run_is_a_failure_with_the_nearest_ones(run: Run) -> None:
    result = run("-k", "test_bugs", "--acr-sweep-only", "tags.list#1:Refuse(504)")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["the test cannot be swept: there is no case 'tags.list#1:Refuse(504)'; *tags.list#1:Refuse(503)*"]
    )


@pytest.mark.parametrize(
    ("arguments", "count"),
    [(("-x",), 1), (("--maxfail=1",), 1), (("--maxfail=2",), 4)],
)
def test_sweep_ends_with_the_session_at_the_first_broken_run(run: Run, arguments: tuple[str, ...], count: int) -> None:
    result = run("-k", "test_bugs or test_unmarked", *arguments)

    assert "passed" not in result.parseoutcomes()
    result.stdout.fnmatch_lines([f"2 calls, {count} run*"])
    assert ("it ended at the first broken run, after 1 of 4" in result.stdout.str()) == (count == 1)
    assert "drawn with seed" not in result.stdout.str()


def test_last_failed_test_is_swept_again(run: Run) -> None:
    run("-q")
    result = run("--lf")

    result.stdout.fnmatch_lines(["run-last-failure: rerun previous 1 failure*"])
    assert len(shown_failures(result)) == 3


def test_junit_has_a_failure_for_each_broken_run(run: Run, pytester: pytest.Pytester) -> None:
    run("--junitxml=junit.xml", "-k", "test_bugs")

    [case] = ET.parse(pytester.path / "junit.xml").iter("testcase")
    properties = {one.get("name"): one.get("value") for one in case.iter("property")}
    messages = [str(one.get("message")).split(" is broken")[0] for one in case.iter("failure")]
    assert messages[:2] == list(CASES)
    assert properties == {
        "acr_sweep_runs": "4",
        "acr_sweep_survived": "0",
        "acr_sweep_failed_cleanly": "2",
        "acr_sweep_broken": "2",
    }


@pytest.mark.parametrize("arguments", [(), pytest.param(("-n", "2"), marks=pytest.mark.exhaustive)])
def test_results_are_written_as_json(run: Run, pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    run("--acr-sweep-json", "sweep.json", *arguments)

    document = json.loads((pytester.path / "sweep.json").read_text())
    outcomes = {
        test.partition("::")[2]: {one["case"]: one["outcome"] for one in report["runs"]}
        for test, report in document["tests"].items()
    }
    assert outcomes == {
        "test_bugs": {
            "tags.list#1:Refuse(503)": "broken",
            "tags.list#1:Disconnect(before)": "failed cleanly",
            "acr.tag.delete#1:Refuse(503)": "broken",
            "acr.tag.delete#1:Disconnect(before)": "failed cleanly",
        },
        "test_correct": {"tags.list#1:Truncate": "failed cleanly"},
    }


@pytest.mark.parametrize(
    ("path", "problem"),
    [(".", "found the folder *"), ("absent/sweep.json", "but there is no folder absent")],
)
@pytest.mark.parametrize(
    "arguments",
    [("--acr-sweep-json",), ("--acr-sweep-baseline-update", "--acr-sweep-baseline")],
)
def test_file_that_cannot_be_written_is_a_usage_error(
    run: Run, arguments: tuple[str, ...], path: str, problem: str
) -> None:
    result = run(*arguments, path)

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{arguments[-1]}: expected a file in a folder that can be written, {problem}"])


def test_file_that_is_not_written_at_the_end_fails_the_run(run: Run, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_last="""
        from pathlib import Path

        def test_folder_in_the_place_of_the_file():
            Path("sweep.json").mkdir()
        """
    )
    result = run("--acr-sweep-json", "sweep.json", "-k", "test_correct or test_folder")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["a file was not written: *expected the path of a file, found a folder*"])


class TestBaseline:
    """`--acr-sweep-baseline FILE`."""

    @pytest.fixture
    def file(self, pytester: pytest.Pytester) -> Path:
        return pytester.path / "known.json"

    def test_update_writes_the_broken_runs_and_keeps_other_tests(self, run: Run, file: Path) -> None:
        file.write_text('{"broken": {"test_other.py::test_other": ["base#1:Truncate"], "a": []}}')
        result = run("--acr-sweep-baseline", "known.json", "--acr-sweep-baseline-update", "-x")

        result.assert_outcomes(passed=5)
        assert json.loads(file.read_text()) == {
            "broken": {
                "test_other.py::test_other": ["base#1:Truncate"],
                "test_swept_bugs.py::test_bugs": sorted(CASES),
            }
        }

    def test_known_runs_are_accepted_and_repaired_ones_reported(self, run: Run, file: Path) -> None:
        known = [CASES[0], "tags.list#1:Disconnect(before)", "gone#1:Refuse(503)", "base#1:Stall"]
        file.write_text(json.dumps({"broken": {"test_swept_bugs.py::test_bugs": known}}))
        result = run("--acr-sweep-baseline", "known.json")

        result.assert_outcomes(failed=2, passed=4)
        assert shown_failures(result) == [f"test_bugs [{CASES[1]}]", "test_bugs"]
        result.stdout.fnmatch_lines(
            [
                "2 calls, 4 runs: 2 failed cleanly, 2 broken (1 accepted)",
                "gone#1:Refuse(503) is accepted in known.json, and is no case of this test",
                "tags.list#1:Disconnect(before) is accepted in known.json, and is not broken",
            ]
        )
        assert "base#1:Stall" not in result.stdout.str()  # this sweep does not try the effect

    def test_update_keeps_the_runs_of_effects_that_were_not_tried(self, run: Run, file: Path) -> None:
        known = ["base#1:Stall", "gone#1:Refuse(503)"]
        file.write_text(json.dumps({"broken": {"test_swept_bugs.py::test_bugs": known}}))
        run("--acr-sweep-baseline", "known.json", "--acr-sweep-baseline-update", "-k", "test_bugs")

        found = json.loads(file.read_text())["broken"]["test_swept_bugs.py::test_bugs"]
        assert found == sorted([*CASES, "base#1:Stall"])

    def test_known_run_does_not_end_the_sweep(self, run: Run, file: Path) -> None:
        file.write_text(json.dumps({"broken": {"test_swept_bugs.py::test_bugs": [CASES[0]]}}))
        result = run("--acr-sweep-baseline", "known.json", "-x")

        assert shown_failures(result) == [f"test_bugs [{CASES[1]}]", "test_bugs"]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            (None, "*--acr-sweep-baseline: there is no file *known.json; --acr-sweep-baseline-update writes it"),
            ("{", "*--acr-sweep-baseline: *known.json: expected JSON: *"),
            ('{"broken": {"a": [1]}}', '*--acr-sweep-baseline: expected {"broken": *} in *known.json'),
            ("[" * 100_000, "*--acr-sweep-baseline: *known.json: expected JSON: *"),
            ("[]", '*--acr-sweep-baseline: expected {"broken": *} in *known.json'),
        ],
    )
    def test_wrong_file_is_a_usage_error(self, run: Run, file: Path, text: str | None, message: str) -> None:
        if text is not None:
            file.write_text(text)
        result = run("--acr-sweep-baseline", "known.json")

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        result.stderr.fnmatch_lines([message])


def test_mistakes_of_a_test_are_listed_once_beside_its_broken_runs(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.acr(auth="off")
        @pytest.mark.acr_image("dev/web:1.0")
        @pytest.mark.acr_sweep(effects="Refuse(503)")
        def test_reads(acr_session, acr_endpoint):
            accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
            for _ in range(5):
                url = f"{acr_endpoint}/v2/dev/web/manifests/1.0"
                acr_session.get(url, headers=accept).json()["config"]
        """
    )
    result = pytester.runpytest("--acr-strict=report")

    result.assert_outcomes(failed=6)
    result.stdout.fnmatch_lines(["repeated-manifest-reads: 1 mistake in 1 test"])
