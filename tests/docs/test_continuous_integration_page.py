"""docs/how-to/continuous-integration.md: the lines of its pipelines work, and its options exist."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from pytest_acr.plugin.options import OPTIONS

ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = ROOT / "tests/examples/ci"
PAGE: Final = (ROOT / "docs/how-to/continuous-integration.md").read_text(encoding="utf-8")

TESTS: Final = """
def test_that_passes(acr_client):
    assert list(acr_client.list_repository_names()) == []

def test_that_fails(acr_client):
    acr_client.get_manifest("samples/hello", "1.0")
"""


def lines_of(pipeline: str) -> Iterator[str]:
    """Yield the shell lines of all steps in a pipeline."""
    document: Any = yaml.safe_load((EXAMPLES / pipeline).read_text(encoding="utf-8"))
    jobs = document.get("jobs", {"": document}).values()
    for step in (step for job in jobs for step in job["steps"]):
        yield step.get("run") or step.get("script") or ""


def runs_of_pytest(pipeline: str) -> list[list[str]]:
    """Return the arguments of each run of pytest, in one process."""
    runs = [shlex.split(line)[1:] for line in lines_of(pipeline) if line.startswith("pytest ")]
    return [["0" if word == "auto" else word for word in run] for run in runs]


def test_tests_of_the_pipelines_leave_the_files_that_they_keep(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_registry=TESTS)
    tests, _ = runs_of_pytest("github-actions.yaml")
    assert runs_of_pytest("azure-pipelines.yaml") == [tests]

    result = pytester.runpytest(*tests)

    result.assert_outcomes(passed=1, failed=1)
    results = pytester.path / "results"
    assert "acr requests" in (results / "tests.xml").read_text(encoding="utf-8")
    assert [path.suffix for path in (results / "har").iterdir()] == [".har"]


def test_nightly_sweep_writes_its_file(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_registry=TESTS.partition("def test_that_fails")[0])
    _, sweep = runs_of_pytest("github-actions.yaml")
    assert "mkdir results" in list(lines_of("github-actions.yaml"))
    pytester.mkdir("results")

    pytester.runpytest(*sweep)

    assert "acr.catalog#1" in (pytester.path / "results/sweep.json").read_text(encoding="utf-8")


def test_options_on_the_page_exist() -> None:
    flags = {option.flag for option in OPTIONS}
    assert set(re.findall(r"--acr-[a-z-]+", PAGE)) - flags == set()
