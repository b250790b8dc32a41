"""Tests whose code does not survive each failure. Run by test_sweep_reports.py."""

import pytest
import requests

from fake_registry import FakeRegistry

pytestmark = [pytest.mark.acr(auth="off"), pytest.mark.acr_image("dev/web:1.0")]


def delete(session: requests.Session, url: str) -> None:
    """Ignore a failure: the tag may still be there."""
    session.delete(url)


def read_tags(session: requests.Session, url: str) -> list[str]:
    tags: list[str] = session.get(url).json()["tags"]
    return tags


@pytest.mark.acr_sweep(effects=["Refuse(503)", "Disconnect(before)"])
def test_bugs(acr: FakeRegistry, acr_session: requests.Session, acr_endpoint: str) -> None:
    assert read_tags(acr_session, f"{acr_endpoint}/v2/dev/web/tags/list") == ["1.0"]
    delete(acr_session, f"{acr_endpoint}/acr/v1/dev/web/_tags/1.0")


@pytest.mark.acr_sweep(effects="Truncate")
def test_correct(acr: FakeRegistry, acr_session: requests.Session, acr_endpoint: str) -> None:
    acr_session.get(f"{acr_endpoint}/v2/dev/web/tags/list").raise_for_status()


def test_unmarked(acr_session: requests.Session, acr_endpoint: str) -> None:
    acr_session.get(f"{acr_endpoint}/v2/")


def test_without_requests(acr: FakeRegistry) -> None:
    assert len(acr.requests) == 0


def test_without_registry() -> None:
    assert read_tags.__name__ == "read_tags"
