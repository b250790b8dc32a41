"""Writes reports: the suffix of a file chooses its format."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from fake_registry.atomic_file import replacement_of
from pytest_acr.harness.check.report_html import html_report
from pytest_acr.harness.check.report_json import json_report
from pytest_acr.harness.check.report_junit import junit_report
from pytest_acr.harness.check.result import CheckResult

REPORTS: Final[Mapping[str, Callable[[CheckResult], str]]] = {
    ".xml": junit_report,
    ".json": json_report,
    ".html": html_report,
}
"""The reports by the suffix of their file."""


def write_reports(result: CheckResult, files: Iterable[Path]) -> None:
    """Write each file whole. OSError."""
    for file in files:
        text = REPORTS[file.suffix](result)
        with replacement_of(file) as stream:
            stream.write(text.encode("utf-8", "backslashreplace"))
