"""Fixtures for a run against a live registry: its credential, and whether it is an ACR.

A registry that cannot be used ends the run with one line: each test would report the same.
"""

import os
from typing import TYPE_CHECKING, Final, NoReturn

import pytest

from pytest_acr.plugin.options import LIVE_ENDPOINT, value_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from azure.core.credentials import AzureNamedKeyCredential, TokenCredential

_USERNAME: Final = "PYTEST_ACR_LIVE_USERNAME"
_PASSWORD: Final = "PYTEST_ACR_LIVE_PASSWORD"  # noqa: S105  the name of a variable


@pytest.fixture(scope="session")
def _acr_live_is_acr(request: pytest.FixtureRequest) -> bool:
    """Whether the live registry has ACR's API. Ends the run if it does not answer."""
    import requests

    from pytest_acr.connections.live import is_acr
    from pytest_acr.connections.live_problems import reason_of

    endpoint = value_of(request.config, LIVE_ENDPOINT) or ""
    try:
        return is_acr(endpoint)
    except requests.RequestException as error:
        _end_run(request, f"{endpoint} cannot be reached: {reason_of(error)}")


@pytest.fixture(scope="session")
def acr_live_credential(
    request: pytest.FixtureRequest,
) -> "Iterator[TokenCredential | AzureNamedKeyCredential | None]":
    """The credential of the tests in a run with --acr-live-endpoint. Override it for another one.

    By default a user and password, if PYTEST_ACR_LIVE_USERNAME and PYTEST_ACR_LIVE_PASSWORD are
    set; otherwise `DefaultAzureCredential` for an ACR, and None for any other registry. None in a
    run without that option.
    """
    if value_of(request.config, LIVE_ENDPOINT) is None:
        yield None
        return

    username, password = os.environ.get(_USERNAME), os.environ.get(_PASSWORD)
    if username and password:
        from azure.core.credentials import AzureNamedKeyCredential

        yield AzureNamedKeyCredential(username, password)
        return

    if username or password:
        found, missing = (_USERNAME, _PASSWORD) if username else (_PASSWORD, _USERNAME)
        _end_run(request, f"expected {_USERNAME} and {_PASSWORD} or neither, found {found} without {missing}")
    if not request.getfixturevalue("_acr_live_is_acr"):
        yield None
        return

    try:
        from azure.identity import DefaultAzureCredential
    except ImportError:
        remedy = 'pip install "pytest-acr[live]", or override the fixture acr_live_credential'
        _end_run(request, f"a credential for an ACR requires azure-identity: {remedy}")

    with DefaultAzureCredential() as credential:
        yield credential


@pytest.fixture(scope="session")
def _acr_live_login(
    request: pytest.FixtureRequest,
    _acr_live_is_acr: bool,  # noqa: FBT001  pytest passes fixtures by name
    acr_live_credential: "TokenCredential | AzureNamedKeyCredential | None",
) -> None:
    """End the run if the live registry refuses the credential."""
    from pytest_acr.connections.live_problems import find_login_problem

    endpoint = value_of(request.config, LIVE_ENDPOINT) or ""
    problem = find_login_problem(endpoint, acr_live_credential, is_acr=_acr_live_is_acr)
    if problem is not None:
        remedy = f"set {_USERNAME} and {_PASSWORD}, or override the fixture acr_live_credential"
        _end_run(request, f"{problem}; {remedy}")


def _end_run(request: pytest.FixtureRequest, reason: str) -> NoReturn:
    from fake_registry.spec.text import printable

    message = printable(f"{LIVE_ENDPOINT.flag}: {reason}")
    if hasattr(request.config, "workerinput"):  # a worker of pytest-xdist: an exit would crash it
        request.session.shouldstop = message
        pytest.skip(message)
    pytest.exit(message, returncode=pytest.ExitCode.USAGE_ERROR)
