"""Recorded requests: filters, assertions and waits."""

import asyncio
from pathlib import Path
from typing import assert_type

import pytest
from azure.containerregistry import ContainerRegistryClient

from fake_registry import Exchange, Exchanges, FakeRegistry


@pytest.fixture
def exchanges(acr: FakeRegistry, acr_client: ContainerRegistryClient) -> Exchanges:
    acr.push_image("dev/web:1.0")
    assert [assert_type(name, str) for name in acr_client.list_repository_names()] == ["dev/web"]
    return acr.requests


def test_exchanges_are_a_sequence(exchanges: Exchanges) -> None:
    part = assert_type(exchanges[:2], Exchanges)
    first = assert_type(exchanges[0], Exchange)

    assert first in part
    assert assert_type(exchanges.dropped, int) == 0
    assert [assert_type(one.status, int | None) for one in part] == [401, 200]
    assert assert_type(first.response_header("Content-Type"), str | None)
    assert assert_type(first.errors, tuple[str, ...]) == ("UNAUTHORIZED",)


def test_criteria_select_exchanges(exchanges: Exchanges) -> None:
    lists = assert_type(exchanges.where(endpoint="*.catalog", status=200), Exchanges)

    assert len(lists) == 1
    assert assert_type(exchanges.one(endpoint="*.catalog", status=200), Exchange) is lists[0]
    exchanges.assert_count(1, method="GET", status=401, errors="UNAUTHORIZED")
    exchanges.assert_none(repository="dev/*", request_headers=("Accept", "*/*"), response_bytes=None)


def test_waits_return_the_exchange(exchanges: Exchanges) -> None:
    at_once = assert_type(exchanges.wait_for(status=200, timeout=1), Exchange)

    assert asyncio.run(exchanges.wait_for_async(status=200)) is at_once


def test_assertions_return_nothing(exchanges: Exchanges) -> None:
    exchanges.assert_logins(at_most=1)
    exchanges.assert_not_pushed("dev/web:1.0")
    exchanges.assert_order("oauth.*", "*.catalog")
    exchanges.assert_no_mistakes(allow=["login-per-call"])
    with exchanges.budget(requests=0, bytes_sent=0, logins=0):
        pass


def test_exports_return_their_paths(exchanges: Exchanges, tmp_path: Path) -> None:
    files = [exchanges.to_har(tmp_path / "a.har"), exchanges.to_json_lines(tmp_path / "a.jsonl")]

    assert [assert_type(file, Path).exists() for file in files] == [True, True]
