"""Adds a section to the report of a test, where pytest shows it with each option."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import pytest

from fake_registry.spec.text import printable


class Out(Protocol):
    """The part of the writer of pytest's terminal that a section needs."""

    def sep(self, sepchar: str, title: str) -> None:
        """Write a line of `sepchar` with the title in it."""

    def line(self, s: str) -> None:
        """Write a line."""


class TerminalText(Protocol):
    """The failure of a test as pytest has it, for the terminal."""

    def toterminal(self, tw: Out) -> None:
        """Write the failure."""


@dataclass(frozen=True)
class SectionedText:
    """A failure with a section after it."""

    failure: TerminalText
    title: str
    text: str

    def toterminal(self, tw: Out) -> None:
        """Write the failure and the section."""
        self.failure.toterminal(tw)
        tw.sep("-", self.title)
        tw.line(self.text)

    def __str__(self) -> str:
        """Return what JUnit XML has, and what a worker of pytest-xdist sends."""
        return _join(str(self.failure), self.title, self.text)


def attach(report: pytest.TestReport, title: str, text: str) -> None:
    """Add a section to the failure; that of a test that has not failed, beside its output.

    pytest hides the sections of a report with --show-capture=no, and does not write them to JUnit
    XML. Those of the failure are always shown with it, also under xdist.
    """
    failure: Any = report.longrepr  # Any: plugins have classes of their own
    add = getattr(failure, "addsection", None)
    if add is not None:
        add(title, text)
    elif report.failed and isinstance(failure, str):  # a strict xfail that passed
        report.longrepr = _join(failure, title, text)
    elif report.failed and hasattr(failure, "toterminal"):  # a doctest, an unknown fixture
        report.longrepr = SectionedText(failure, title, text)  # type: ignore[assignment]
    else:
        report.sections.append((title, text))


def text_or_error(make: Callable[[], str], problem: str) -> str:
    """Return the text that `make` returns, or a line with the problem and the error: the test has
    failed already, for another reason."""
    try:
        return make()
    except Exception as error:  # noqa: BLE001  whatever it is, the rest of the report stays
        shown = "".join(traceback.format_exception_only(error)).strip()  # str(error) may raise
        return printable(f"({problem}: {shown})")


def _join(failure: str, title: str, text: str) -> str:
    return f"{failure}\n{f' {title} ':-^80}\n{text}"
