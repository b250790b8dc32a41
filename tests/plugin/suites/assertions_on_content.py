"""Failing assertions on the content of a registry, for the lines that pytest shows of them."""

import requests

from fake_registry import FakeRegistry


def test_content_has_changed(acr: FakeRegistry) -> None:
    before = acr.snapshot()
    acr.push_image("dev/web:1.0")
    assert not acr.diff(before)


def test_requests_differ(acr: FakeRegistry, acr_session: requests.Session, acr_endpoint: str) -> None:
    acr_session.get(f"{acr_endpoint}/v2/")
    assert list(acr.requests) == []


def test_number_of_requests_differs(acr: FakeRegistry, acr_session: requests.Session, acr_endpoint: str) -> None:
    acr_session.get(f"{acr_endpoint}/v2/")
    assert len(acr.requests) == 2


def test_name_is_misspelt(acr: FakeRegistry) -> None:
    acr.push_image("dev/web:1.0")
    acr.tags("dev/wep")
