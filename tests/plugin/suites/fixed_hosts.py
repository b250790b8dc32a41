"""Six tests in which one host leads to each test's own registry. Run by test_isolation.py."""

import pytest
import requests

from fake_registry import FakeRegistry
from pytest_acr import AcrNetwork


@pytest.mark.acr(auth="off")
@pytest.mark.parametrize("number", range(6))
def test_host_leads_to_the_registry_of_the_test(acr: FakeRegistry, acr_network: AcrNetwork, number: int) -> None:
    count = number % 3
    for _ in range(count):
        requests.get("https://fake.azurecr.io/v2/", timeout=5).raise_for_status()

    assert len(acr.requests) == count
    assert acr_network.registries == (acr,)
