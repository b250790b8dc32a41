"""Strict mode: reports the mistakes of clients that a registry tolerates, or fails the test.

The rules are imported for a test that uses a registry, and for one that has the marker.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_acr.plugin import markers
from pytest_acr.plugin.options import LIVE_ENDPOINT, STRICT, STRICT_ALLOW, StrictMode, value_of
from pytest_acr.plugin.stash_keys import FAKES, IS_RERUN
from pytest_acr.usage import fakes_in_use

if TYPE_CHECKING:
    from fake_registry.journal.checks.texts import MistakeText

TITLE: Final = "acr strict"

MISTAKES: Final = "acr_strict_mistakes"
"""The attribute of a report with the mistakes, as lists of texts: pytest-xdist sends it."""

UNCHECKED: Final = "acr_strict_unchecked"
"""The attribute of a report of a test that could not be checked."""

_ARGUMENTS: Final = ("allow", "mode")


@dataclass(frozen=True)
class Strictness:
    """How strict one test is."""

    mode: StrictMode
    allow: frozenset[str] = frozenset()
    """The names of rules that its clients may break."""


_OPTION: Final = pytest.StashKey[StrictMode | None]()
_ALLOWED: Final = pytest.StashKey[frozenset[str]]()
_IS_LIVE: Final = pytest.StashKey[bool]()
_STRICTNESS: Final = pytest.StashKey[Strictness]()
_BEFORE: Final = pytest.StashKey[Sequence["MistakeText"]]()
"""The mistakes that the report of the call has."""
_FOUND: Final = pytest.StashKey[Sequence["MistakeText"]]()
"""The mistakes of the phase that has ended."""


def pytest_configure(config: pytest.Config) -> None:
    """Read the options once."""
    config.stash[_OPTION] = value_of(config, STRICT)
    config.stash[_ALLOWED] = value_of(config, STRICT_ALLOW)
    config.stash[_IS_LIVE] = value_of(config, LIVE_ENDPOINT) is not None


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """TypeError or ValueError for a wrong marker."""
    __tracebackhide__ = True
    item.stash[_STRICTNESS] = _strictness_of(item)
    item.stash[_BEFORE] = ()


def _strictness_of(item: pytest.Item) -> Strictness:
    """Return how strict a test is, by the options and by its markers, the test's own last."""
    __tracebackhide__ = True
    option, allowed = item.config.stash[_OPTION], item.config.stash[_ALLOWED]
    marks = list(markers.marks_of(item, markers.STRICT))
    strictness = Strictness(option or ("fail" if marks else "no"), allowed)
    for mark in marks:
        strictness = markers.apply_mark(mark, _apply, strictness)
    return replace(strictness, mode="no") if option == "no" else strictness


def _apply(strictness: Strictness, mark: pytest.Mark) -> Strictness:
    from fake_registry.arguments import check_type
    from fake_registry.journal.checks.table import parse_allowed

    markers.check_keywords(mark, _ARGUMENTS)
    mode = mark.kwargs.get("mode")
    check_type("mode", mode, StrictMode | None)
    allow = strictness.allow | parse_allowed(mark.kwargs.get("allow", ()))
    return replace(strictness, mode=mode or strictness.mode, allow=allow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Check the requests of the setup and of the test itself."""
    __tracebackhide__ = True
    try:
        yield
    finally:
        _note_mistakes(item)
    _fail_for_mistakes(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, None, None]:
    """Check the requests of the teardown, too."""
    __tracebackhide__ = True
    try:
        yield
    finally:
        _note_mistakes(item)
    _fail_for_mistakes(item)


def _note_mistakes(item: pytest.Item) -> None:
    """Note the mistakes of a phase that are not in the report of an earlier one."""
    before = item.stash.get(_BEFORE, ())
    found = [one for one in _mistakes_of(item) if one not in before]
    item.stash[_FOUND] = found
    item.stash[_BEFORE] = [*before, *found]


def _mistakes_of(item: pytest.Item) -> "Sequence[MistakeText]":
    fakes = item.stash.get(FAKES, None)
    strictness = item.stash.get(_STRICTNESS, Strictness("no"))
    is_checked = strictness.mode != "no" and fakes_in_use() and IS_RERUN not in item.stash
    if fakes is None or not is_checked:
        return ()

    from pytest_acr.plugin.strict_checks import mistakes_in_test

    return mistakes_in_test(fakes.read(), strictness.allow)


def _fail_for_mistakes(item: pytest.Item) -> None:
    found = item.stash[_FOUND]
    if found and item.stash[_STRICTNESS].mode == "fail":
        from pytest_acr.plugin.strict_checks import failure_text

        pytest.fail(failure_text(found), pytrace=False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the mistakes to a report that does not fail for them."""
    report = yield
    strictness = item.stash.get(_STRICTNESS, None)
    if strictness is None or strictness.mode == "no" or report.when == "setup":
        return report

    if item.config.stash[_IS_LIVE]:
        setattr(report, UNCHECKED, True)
    found = item.stash.get(_FOUND, ())
    if found:
        from pytest_acr.plugin.strict_checks import add_section

        setattr(report, MISTAKES, [list(mistake) for mistake in found])
        add_section(report, found, TITLE)

    item.stash[_FOUND] = ()
    if report.when == "teardown":
        item.stash[_BEFORE] = ()  # pytest keeps the item to the end of the run
    return report


def pytest_terminal_summary(terminalreporter: Any) -> None:  # Any: pytest has no type for it
    """List the mistakes of all tests, also of those that passed in another process."""
    reports = [report for group in terminalreporter.stats.values() for report in group]
    mistakes = [(one, getattr(one, MISTAKES)) for one in reports if hasattr(one, MISTAKES)]
    is_unchecked = any(hasattr(report, UNCHECKED) for report in reports)
    if not mistakes and not is_unchecked:
        return

    terminalreporter.section(TITLE)
    if is_unchecked:
        reason = "a live registry does not record requests"
        terminalreporter.line(f"no test was checked: {LIVE_ENDPOINT.flag} is set, and {reason}")
    if mistakes:
        from pytest_acr.plugin.strict_checks import summary_text

        is_verbose = terminalreporter.config.get_verbosity() > 0
        terminalreporter.line(summary_text(mistakes, is_verbose=is_verbose))
