"""The progress of a run: a bar on a terminal, otherwise a line from time to time."""

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any, Final, Protocol, TextIO

from pytest_acr.harness.findings import Finding

SECONDS_BETWEEN_LINES: Final = 10.0


class CheckProgress(Protocol):
    """What a run reports while it goes on."""

    def note_example(self) -> None:
        """An example begins."""

    def note_finding(self, finding: Finding) -> None:
        """A property is broken."""

    def close(self) -> None:
        """The run has ended."""


class LineProgress:
    """Prints a line for each finding, and one for the examples every ten seconds."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._examples = 0
        self._found = 0
        self._last = clock()

    def note_example(self) -> None:
        """Count it, and print how many there were if ten seconds have gone."""
        self._examples += 1

        if self._clock() - self._last >= SECONDS_BETWEEN_LINES:
            self._print(f"{self._examples} examples, {self._found} found")

    def note_finding(self, finding: Finding) -> None:
        """Print the id of the property."""
        self._found += 1
        self._print(f"{finding.property.id} is broken")

    def close(self) -> None:
        """Do nothing: all lines are complete."""

    def _print(self, text: str) -> None:
        self._last = self._clock()
        print(f"registry-check: {text}", file=self._stream, flush=True)


class BarProgress:
    """A bar of tqdm."""

    def __init__(self, bar: Any) -> None:  # Any: tqdm has no types of its own
        self._bar = bar
        self._found = 0

    def note_example(self) -> None:
        """Move the bar. Those that make a finding shorter come on top of the total."""
        if self._bar.n < self._bar.total:
            self._bar.update(1)
        else:
            self._bar.set_postfix_str(f"{self._found} found, making them shorter")

    def note_finding(self, finding: Finding) -> None:
        """Print the id of the property above the bar."""
        self._found += 1
        self._bar.write(f"registry-check: {finding.property.id} is broken", file=self._bar.fp)
        self._bar.set_postfix_str(f"{self._found} found")

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()


def make_progress(examples: int, stream: TextIO | None = None) -> CheckProgress:
    """Return a bar where standard error is a terminal, otherwise lines; lines also without tqdm, and
    a sentence that says how to install it."""
    chosen = stream or sys.stderr
    if not chosen.isatty():
        return LineProgress(chosen)

    try:
        tqdm: Any = importlib.import_module("tqdm")  # Any: it has no types of its own
    except ModuleNotFoundError:
        print('registry-check: pip install "pytest-acr[check]" adds a progress bar', file=chosen, flush=True)
        return LineProgress(chosen)

    bar = tqdm.tqdm(total=examples, desc="registry-check", unit="example", file=chosen, leave=False)
    return BarProgress(bar)
