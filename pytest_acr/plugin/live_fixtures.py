"""Fixtures for a run against a live registry: its credential, and whether it is an ACR."""

import os
from typing import TYPE_CHECKING

import pytest

from pytest_acr.plugin.options import LIVE_ENDPOINT, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential


@pytest.fixture(scope="session")
def _acr_live_is_acr(request: pytest.FixtureRequest) -> bool:
    """Whether the live registry has ACR's API. UsageError if it does not answer."""
    import requests

    from pytest_acr.connections.live import is_acr

    endpoint = value_of(request.config, LIVE_ENDPOINT) or ""
    try:
        return is_acr(endpoint)
    except requests.RequestException as error:
        message = f"{LIVE_ENDPOINT.flag}: {endpoint} cannot be reached: {error}"
        raise pytest.UsageError(message) from None


@pytest.fixture(scope="session")
def acr_live_credential(
    request: pytest.FixtureRequest,
) -> "Iterator[TokenCredential | AzureNamedKeyCredential | None]":
    """The credential of the tests in a run with --acr-live-endpoint. Override it for another one.

    By default a user and password, if PYTEST_ACR_LIVE_USERNAME and PYTEST_ACR_LIVE_PASSWORD are
    set; otherwise `DefaultAzureCredential` for an ACR, and None for any other registry.
    """
    username = os.environ.get("PYTEST_ACR_LIVE_USERNAME")
    password = os.environ.get("PYTEST_ACR_LIVE_PASSWORD")
    if username and password:
        from azure.core.credentials import AzureNamedKeyCredential

        yield AzureNamedKeyCredential(username, password)
        return

    if not request.getfixturevalue("_acr_live_is_acr"):
        yield None
        return

    try:
        from azure.identity import DefaultAzureCredential
    except ImportError:
        raise pytest.UsageError(
            "a credential for --acr-live-endpoint requires azure-identity: "
            "pip install azure-identity, or override the fixture acr_live_credential"
        ) from None

    with DefaultAzureCredential() as credential:
        yield credential
