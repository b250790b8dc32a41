"""The entry point of the plugin: the hooks that pytest calls.

The plugin loads nothing but pytest until a test asks for one of its fixtures. Otherwise each pytest
run in an environment that has the plugin installed would become slower.
"""

import os
import sys
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

import pytest

from pytest_acr.plugin.markers import MARKERS
from pytest_acr.plugin.options import (
    BUDGETS,
    BUDGETS_UPDATE,
    HAR,
    LIVE_ENDPOINT,
    OPTIONS,
    SHOW_REQUESTS,
    ShowRequests,
    add_option,
    value_of,
)
from pytest_acr.plugin.skips import skip_tests_that_need_the_fake
from pytest_acr.plugin.stash_keys import FAKES, IS_RERUN
from pytest_acr.plugin.unknown_names import (
    FLAG_START,
    check_flags,
    check_markers,
    check_sources,
    explain_fixture,
    explain_marker,
)
from pytest_acr.plugin.unused_faults import UNUSED, report_unused_faults, take_unused_faults
from pytest_acr.plugin.unused_markers import check_unused_markers, may_request_a_registry
from pytest_acr.usage import FakesOfTest, fakes_in_use, usage_of_test

pytest_plugins = (
    "pytest_acr.plugin.registry_fixtures",
    "pytest_acr.plugin.client_fixtures",
    "pytest_acr.plugin.live_fixtures",
    "pytest_acr.plugin.strict",
    "pytest_acr.plugin.sweep",
)


_SHOWN: pytest.StashKey[ShowRequests] = pytest.StashKey()
_HAR_FOLDER: pytest.StashKey[Path | None] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare each option of `OPTIONS`."""
    for option in OPTIONS:
        add_option(parser, option)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(parser: pytest.Parser, args: list[str]) -> Generator[None, None, None]:
    """UsageError, with the nearest options, for an unknown one that is meant for us."""
    yield  # conftests may declare some
    if any(argument.startswith(FLAG_START) for argument in args):
        check_flags(parser.parse_known_and_unknown_args(args)[1])


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers. UsageError for an invalid option, before the first test runs."""
    check_sources(_unknown_ini_names(config), os.environ)
    for marker in MARKERS:
        config.addinivalue_line("markers", marker.text)

    for option in OPTIONS:
        value_of(config, option)
    config.stash[_SHOWN] = value_of(config, SHOW_REQUESTS)
    config.stash[_HAR_FOLDER] = value_of(config, HAR)
    if value_of(config, BUDGETS) is not None or value_of(config, BUDGETS_UPDATE):
        from pytest_acr.plugin.budgets import register_budgets

        register_budgets(config)


def _unknown_ini_names(config: pytest.Config) -> Iterable[str]:
    """Return the names in the ini file that no plugin knows, of which pytest warns."""
    find: Callable[[], Iterable[str]] = getattr(config, "_get_unknown_ini_keys", tuple)
    return find()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the tests that need the fake if the run is against a live registry. UsageError for a
    misspelt marker."""
    if not _is_worker(config):
        check_markers(items, config.getini("markers"))
    endpoint = value_of(config, LIVE_ENDPOINT)
    if endpoint is not None:
        skip_tests_that_need_the_fake(items, endpoint)


def _is_worker(config: pytest.Config) -> bool:
    """Return whether this is a worker of pytest-xdist, which reports tests alone: an error of its run
    is an internal error without its message."""
    return hasattr(config, "workerinput")


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add the nearest markers to the report of a module with an unknown one."""
    report = yield
    explain_marker(report)
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note the fakes that a test uses, from its setup to its teardown."""
    if fakes_in_use():
        take_unused_faults()  # of an earlier test, which failed in its setup or teardown

    with usage_of_test(item.nodeid) as fakes:
        item.stash[FAKES] = fakes
        try:
            return (yield)
        finally:
            del item.stash[FAKES]  # pytest keeps the item to the end of the run


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the requests of the test to a report of its failure."""
    report = yield
    if call.excinfo is not None:
        explain_fixture(report, call.excinfo.value)

    fakes = item.stash.get(FAKES, None)
    if fakes is not None and fakes_in_use():
        _show_requests(item, report, fakes)
        if report.when == "teardown":
            fakes.restart()  # other plugins run a test that has failed once more
    return report


def _show_requests(item: pytest.Item, report: pytest.TestReport, fakes: FakesOfTest) -> None:
    shows_requests = _shows_requests(item.config, report)
    har_folder = item.config.stash[_HAR_FOLDER] if report.failed else None
    if not shows_requests and har_folder is None:
        return

    try:
        from pytest_acr.plugin.report import add_section, write_har
    except ImportError as error:  # the test may have put other modules in the place of ours
        report.sections.append(("acr requests", f"(the requests cannot be shown: {error})"))
        return

    if shows_requests:
        add_section(item, report, fakes.read)
    if har_folder is not None:
        write_har(item, report, fakes.read, har_folder)


def _shows_requests(config: pytest.Config, report: pytest.TestReport) -> bool:
    match config.stash[_SHOWN]:
        case "failed":
            return report.failed
        case "all":
            return report.failed or report.when == "call"
        case "no":
            return False


@pytest.hookimpl(trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check the markers of a test for which no fixture has made a registry."""
    __tracebackhide__ = True
    if _is_worker(item.config):
        check_markers([item], item.config.getini("markers"))
    if not may_request_a_registry(item):
        check_unused_markers(item)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Check the markers of a test that could have requested a registry itself, and whether its
    faults did anything."""
    __tracebackhide__ = True
    try:
        yield
        check_unused_markers(item)
    finally:
        unused = take_unused_faults() if fakes_in_use() else ()
        item.stash[UNUSED] = tuple(map(str, unused))

    if IS_RERUN not in item.stash:
        report_unused_faults(item, unused)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None, None, None]:
    """Remove patches of `acr_network` that fixtures such as `monkeypatch` had covered until now."""
    try:
        yield
    finally:
        hosts = sys.modules.get("pytest_acr.interception.hosts")
        if hosts is not None:
            hosts.INTERCEPTION.tidy()
