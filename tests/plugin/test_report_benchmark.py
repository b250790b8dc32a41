"""The benchmark of the report makes a section with hints; its time is a matter of `benchmarks`."""

import pytest

from benchmarks import report


def test_report_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "EXCHANGES", 4 * (report.IMAGES + 1))  # the last pull is refused
    assert report._report_ms(report._used_registry) > 0
