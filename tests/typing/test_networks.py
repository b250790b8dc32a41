"""Networks, in which code that builds its own client reaches a fake."""

from typing import assert_type

import pytest
import requests

from fake_registry import FakeEntra, FakeRegistry, ManualClock
from pytest_acr import AcrNetwork, HostRefused, LeftBehindWarning, OutsideNamespace, network


def status_of(url: str) -> int:
    """Send a request as code under test does."""
    return requests.get(url, timeout=5).status_code


def test_network_is_a_context_manager() -> None:
    registry = FakeRegistry()

    with assert_type(network(registry, allow=["example.com"]), AcrNetwork) as entered:
        status = status_of("https://fake.azurecr.io/v2/")
        variables = assert_type(entered.environment(), dict[str, str])

    assert status == 401
    assert variables["REGISTRY_ENDPOINT"]
    assert assert_type(entered.registries, tuple[FakeRegistry, ...]) == (registry,)


@network(FakeRegistry())
def test_network_decorates_a_function() -> None:
    with pytest.raises(HostRefused):
        status_of("https://example.com/")


def test_decorated_function_keeps_its_type() -> None:
    assert assert_type(network(FakeRegistry())(status_of)("https://fake.azurecr.io/v2/"), int) == 401


def test_entra_has_principals() -> None:
    entra = FakeEntra(clock=ManualClock())
    principal = entra.add_service_principal("ci", secret="secret")

    with network(FakeRegistry(), entra=entra) as entered:
        assert assert_type(entered.entra, FakeEntra) is entra
        assert assert_type(entra.token(principal, "https://management.azure.com"), str)
        assert assert_type(entra.environment(principal), dict[str, str])


def test_runs_against_live_registries_have_an_error_and_a_warning() -> None:
    kinds: list[type[Exception]] = [OutsideNamespace, LeftBehindWarning]

    assert [issubclass(kind, ValueError) for kind in kinds] == [True, False]
