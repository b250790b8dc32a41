"""The fault sweep as a function."""

from typing import assert_type

import pytest
from azure.core.exceptions import AzureError

from fake_registry import Disconnect, FakeRegistry
from pytest_acr import RunOutcome, SweepImpossible, SweepReport, SweepRow, SweptRun, connect, sweep


def list_names(registry: FakeRegistry) -> list[str]:
    """Return the names of all repositories, with a new client."""
    with connect(registry) as connection, connection.client(retry_total=0) as client:
        return list(client.list_repository_names())


def test_report_has_typed_parts() -> None:
    report = sweep(list_names, effects=[Disconnect()], expect=AzureError, endpoints="*.catalog", limit=2)

    assert_type(report, SweepReport)
    rows = assert_type(report.rows, tuple[SweepRow, ...])
    runs: tuple[SweptRun, ...] = report.runs
    outcomes: set[RunOutcome] = {run.outcome for run in runs}
    assert outcomes == {RunOutcome.FAILED}
    assert {outcome for row in rows for outcome in row.outcomes.values()} == outcomes
    assert assert_type(report.broken, tuple[SweptRun, ...]) == ()
    report.raise_if_broken()


def test_sweep_of_code_without_requests_is_impossible() -> None:
    def make_no_request(registry: FakeRegistry) -> str:
        return registry.login_server

    with pytest.raises(SweepImpossible):
        sweep(make_no_request)
