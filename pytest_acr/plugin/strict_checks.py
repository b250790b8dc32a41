"""The mistakes of clients in one test, and how the reports of strict mode show them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from fake_registry import Exchange, FakeRegistry
from fake_registry.journal.checks.table import mistakes_in
from fake_registry.journal.checks.texts import (
    MOST_MISTAKES,
    MistakeText,
    by_rule,
    counts_text,
    mistakes_text,
    text_of,
)
from fake_registry.spec.words import count_text
from pytest_acr.plugin.headings import headings_of
from pytest_acr.plugin.sections import attach
from pytest_acr.usage import Fake


def mistakes_in_test(used: Mapping[Fake, int], allow: frozenset[str]) -> list[MistakeText]:
    """Return the mistakes in the requests of a test to each registry.

    `used` has the number of the first of these requests. `allow` names rules that may be broken.
    """
    registries = {fake: first for fake, first in used.items() if isinstance(fake, FakeRegistry)}
    headings = headings_of(registries) if len(registries) > 1 else {}
    return [
        text_of(broken, headings.get(registry, ""))
        for registry, first in registries.items()
        for broken in mistakes_in(_exchanges_since(registry, first), allow)
    ]


def _exchanges_since(registry: FakeRegistry, first: int) -> Sequence[Exchange]:
    return [exchange for exchange in registry.requests if exchange.number >= first]


def failure_text(mistakes: Sequence[MistakeText]) -> str:
    """Return the text of the failure of a test."""
    return f"{counts_text(mistakes)}\n{mistakes_text(mistakes)}"


def add_section(report: pytest.TestReport, mistakes: Sequence[MistakeText], title: str) -> None:
    """Add the mistakes to a report, unless it fails for them."""
    text = mistakes_text(mistakes)
    if text not in report.longreprtext:
        attach(report, title, text)


def summary_text(
    reports: Sequence[tuple[pytest.TestReport, Sequence[Sequence[Any]]]],  # Any: fields of MistakeText
    *,
    is_verbose: bool,
) -> str:
    """Return the numbers of mistakes against each rule, and the mistakes of tests that did not fail:
    the failures have their own.

    The mistakes of each report are lists of the fields of `MistakeText`.
    """
    texts = [(report, MistakeText(*one)) for report, found in reports for one in found]
    counts = "\n".join(_count_lines(texts))
    shown = [_with_test(report, text) for report, text in texts if not report.failed]
    details = mistakes_text(shown, most=None if is_verbose else MOST_MISTAKES)
    return f"{counts}\n\n{details}" if shown else counts


def _with_test(report: pytest.TestReport, text: MistakeText) -> MistakeText:
    place = f"{report.nodeid}: {text.place}" if text.place else report.nodeid
    return text._replace(place=place)


def _count_lines(texts: Sequence[tuple[pytest.TestReport, MistakeText]]) -> Iterator[str]:
    for name, found in by_rule(text for _, text in texts).items():
        tests = {report.nodeid for report, text in texts if text.rule == name}
        yield f"{name}: {count_text(len(found), 'mistake')} in {count_text(len(tests), 'test')}"
