"""The progress of a run, on a terminal and elsewhere."""

import sys
from io import StringIO

import pytest

from pytest_acr.harness.check.progress import BarProgress, LineProgress, make_progress
from tests.support.check_findings import hostile_finding


class TerminalStream(StringIO):
    """A text stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def test_lines_come_for_findings_and_every_ten_seconds() -> None:
    times = iter([0.0, 5.0, 12.0, 12.0, 15.0, 20.0])
    stream = StringIO()
    progress = LineProgress(stream, lambda: next(times))

    for _ in range(2):
        progress.note_example()
    progress.note_finding(hostile_finding())
    progress.note_example()
    progress.close()

    assert stream.getvalue() == ("registry-check: 2 examples, 0 found\nregistry-check: blob-get is broken\n")


def test_terminal_gets_a_bar() -> None:
    stream = TerminalStream()
    progress = make_progress(2, stream)
    assert isinstance(progress, BarProgress)

    for _ in range(3):
        progress.note_example()
    progress.note_finding(hostile_finding())
    progress.close()

    assert "registry-check: blob-get is broken\n" in stream.getvalue()
    assert "2/2" in stream.getvalue()


def test_lines_replace_a_bar_elsewhere() -> None:
    assert isinstance(make_progress(2, StringIO()), LineProgress)


def test_lines_replace_a_bar_without_tqdm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    stream = TerminalStream()

    assert isinstance(make_progress(2, stream), LineProgress)
    assert stream.getvalue() == 'registry-check: pip install "pytest-acr[check]" adds a progress bar\n'
