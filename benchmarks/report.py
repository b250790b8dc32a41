"""What the journal costs each call, and the report of a failed test after 10,000 of them."""

import time
from collections.abc import Iterator
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import pytest
from azure.core.exceptions import ResourceNotFoundError

from benchmarks.one_figure import cycles
from benchmarks.rounds import interleave, progress
from benchmarks.table import Row, Target, against_limit, against_peers
from fake_registry import FakeRegistry, ManualClock, Settings
from pytest_acr import connect
from pytest_acr.plugin.report import add_section

EXCHANGES = 10_000
IMAGES = 50


def rows() -> Iterator[Row]:
    costs = {"with": partial(_cycles, records=True), "without": partial(_cycles, records=False)}
    samples = interleave(costs)
    milliseconds = {name: [1e3 * one for one in taken] for name, taken in samples.items()}
    without = {"without": milliseconds["without"]}
    yield against_peers("journal: cycles in memory", milliseconds["with"], "ms", without, Target(1.03))

    progress(f"{EXCHANGES} exchanges")
    reports = {"report": partial(_report_ms, _used_registry)}
    found = interleave(reports)["report"]
    yield against_limit(f"report: {EXCHANGES:,} exchanges, CPU", found, "ms", Target(50))


def _cycles(*, records: bool) -> float:
    registry = FakeRegistry(Settings(profile="oci", auth="off"))
    if not records:
        app = cast(Any, registry.wsgi_app)  # Any: its stages are private
        app._stages = app._stages[:-1]  # noqa: SLF001
    return cycles(registry)


def _used_registry() -> FakeRegistry:
    """Return a registry of some images that were pulled, with and without success."""
    registry = FakeRegistry(Settings(max_recorded_requests=EXCHANGES), clock=ManualClock())
    for number in range(IMAGES):
        registry.push_image(f"benchmark/report{number % 10}:v{number}")

    with connect(registry) as connection:
        client = connection.client()
        for number in range(EXCHANGES // 4):
            try:
                client.get_manifest(f"benchmark/report{number % 10}", f"v{number % (IMAGES + 1)}")
            except ResourceNotFoundError:
                continue
    return registry


def _report_ms(make: Any) -> float:  # Any: returns a registry
    registry = make()
    item = SimpleNamespace(config=SimpleNamespace(get_verbosity=lambda: 0), stash=pytest.Stash())
    report = SimpleNamespace(failed=True, longrepr=None, longreprtext="assert 1 == 2", sections=[])

    started = time.process_time()
    add_section(cast(Any, item), cast(Any, report), lambda: {registry: 0})
    elapsed = time.process_time() - started

    [(_, text)] = report.sections
    if "hint: " not in text:
        raise RuntimeError(f"expected a section with hints, found: {text}")
    return 1e3 * elapsed
