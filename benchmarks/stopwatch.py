"""A pytest plugin for the runs that `fixtures` times: how long each phase of each test took."""

import json
import os
from pathlib import Path

import pytest

PHASES_FILE = "BENCHMARK_PHASES_FILE"
"""The environment variable that names the file; each of its lines is `["setup" | "call" | "teardown", seconds]`."""


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    with Path(os.environ[PHASES_FILE]).open("a") as phases:
        phases.write(json.dumps([report.when, report.duration]) + "\n")
