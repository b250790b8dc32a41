"""The hooks of the fault sweep: they run the tests that are swept, and collect the results.

The engine is loaded with the first test that is swept.
"""

import pytest

from pytest_acr.plugin.markers import SWEEP as MARKER
from pytest_acr.plugin.options import (
    LIVE_ENDPOINT,
    SWEEP,
    SWEEP_BASELINE,
    SWEEP_BASELINE_UPDATE,
    SWEEP_JSON,
    SWEEP_ONLY,
    value_of,
)
from pytest_acr.plugin.output_files import check_output_file
from pytest_acr.plugin.stash_keys import IS_RERUN
from pytest_acr.plugin.sweep_baseline import read_baseline
from pytest_acr.plugin.sweep_results import SweepResults


def pytest_configure(config: pytest.Config) -> None:
    """Check the options of a sweep, one with another, and collect its results."""
    if not hasattr(config, "workerinput"):  # the process that starts the workers of pytest-xdist
        config.pluginmanager.register(SweepResults(config), "acr sweep results")

    endpoint = value_of(config, LIVE_ENDPOINT)
    if _sweeps_every_test(config) and endpoint is not None:
        expected = f"expected no {LIVE_ENDPOINT.flag} with it, as a live registry cannot be made to fail"
        raise pytest.UsageError(f"{SWEEP.flag}: {expected}, found {endpoint}")

    _check_baseline(config)
    path = value_of(config, SWEEP_JSON)
    if path is not None:
        check_output_file(config, SWEEP_JSON, path)


def _check_baseline(config: pytest.Config) -> None:
    baseline = value_of(config, SWEEP_BASELINE)
    if not value_of(config, SWEEP_BASELINE_UPDATE):
        if baseline is not None:
            read_baseline(baseline)
        return

    if baseline is None:
        expected = f"expected {SWEEP_BASELINE.flag} FILE as well, the file to write"
        raise pytest.UsageError(f"{SWEEP_BASELINE_UPDATE.flag}: {expected}")
    if value_of(config, SWEEP_ONLY) is not None:
        expected = f"expected no {SWEEP_ONLY.flag} with it: the file lists the broken runs of all cases"
        raise pytest.UsageError(f"{SWEEP_BASELINE_UPDATE.flag}: {expected}")
    check_output_file(config, SWEEP_BASELINE, baseline)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Check the marker of a test that is swept."""
    __tracebackhide__ = True
    if IS_RERUN in item.stash or not _has_marker(item):
        return

    from pytest_acr.plugin.rerun import reason_not_to_run_again
    from pytest_acr.plugin.sweep_options import sweep_options_of

    reason = reason_not_to_run_again(item)
    if reason is not None:
        pytest.fail(f"@pytest.mark.{MARKER.name}: {reason}", pytrace=False)
    sweep_options_of(item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Run a test that is swept, with its sweep."""
    config = item.config
    is_chosen = _has_marker(item) or _sweeps_every_test(config)
    if not is_chosen or config.getoption("setuponly", default=False):
        return None

    from pytest_acr.plugin.swept_test import SweptTest

    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    SweptTest(item, nextitem, is_marked=_has_marker(item)).run()
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _has_marker(item: pytest.Item) -> bool:
    return item.get_closest_marker(MARKER.name) is not None


def _sweeps_every_test(config: pytest.Config) -> bool:
    """Return whether each test is swept that uses a registry."""
    return value_of(config, SWEEP) or value_of(config, SWEEP_ONLY) is not None
