"""Progress of a sweep: a letter for each run, where pytest writes its dots."""

from typing import Any, Final

import pytest

from pytest_acr.sweeping.outcome import RunOutcome, SweptRun
from pytest_acr.sweeping.run import OnRun

MARKUP: Final = {
    RunOutcome.SURVIVED: {"green": True},
    RunOutcome.FAILED: {"yellow": True},
    RunOutcome.BROKEN: {"red": True, "bold": True},
    RunOutcome.IDLE: {},
    RunOutcome.NOT_REACHED: {},
}
"""The colour of each letter."""


def progress_of(config: pytest.Config) -> OnRun | None:
    """Return a function that writes the letter of a run; None without a terminal to write to, as in
    a worker of pytest-xdist."""
    reporter = config.pluginmanager.getplugin("terminalreporter")
    is_shown = reporter is not None and config.get_verbosity() >= 0
    return LettersOfRuns(reporter).write if is_shown else None


class LettersOfRuns:
    """Writes the letter of each run, in lines as long as the terminal is wide."""

    def __init__(self, reporter: Any) -> None:  # Any: pytest's reporter, which has no types
        self._reporter = reporter
        self._writer = reporter._tw  # noqa: SLF001  the methods of the reporter break no lines

    def write(self, run: SweptRun) -> None:
        """Write the letter of the run."""
        if self._writer.width_of_current_line >= self._writer.fullwidth - 1:
            self._writer.line()
        self._reporter.write(run.outcome.letter, **MARKUP[run.outcome])
        self._reporter.flush()
