"""The plugin's options: command line, then environment, then ini. Like `plugin` it loads nothing but pytest."""

import os
from typing import TYPE_CHECKING, cast

import pytest

if TYPE_CHECKING:
    from pytest_acr.connections.connection import Transport

TRANSPORTS = ("memory", "http", "https")


def add_options(parser: pytest.Parser) -> None:
    """Declare the options and their ini names."""
    group = parser.getgroup("acr", "Azure Container Registry")
    group.addoption(
        "--acr-transport",
        choices=TRANSPORTS,
        default=None,
        help="how clients reach the registry: in this process (memory, the default), or over a socket",
    )
    group.addoption(
        "--acr-live-endpoint",
        metavar="URL",
        default=None,
        help="run against this registry instead of the fake; tests that need the fake are skipped",
    )
    parser.addini("acr_transport", "default of --acr-transport", default="")
    parser.addini("acr_live_endpoint", "default of --acr-live-endpoint", default="")


def transport_of(config: pytest.Config) -> "Transport":
    """Return how clients reach the registry. UsageError for another word."""
    source, transport = _option(config, "transport")
    if source and transport not in TRANSPORTS:
        raise pytest.UsageError(f"{source}: expected one of {', '.join(TRANSPORTS)}, found {transport!r}")
    return cast("Transport", transport or "memory")  # as was just checked


def live_endpoint_of(config: pytest.Config) -> str | None:
    """Return the URL of the registry that the tests run against, None for the fake. UsageError for a malformed one."""
    source, endpoint = _option(config, "live_endpoint")
    if not source:
        return None
    from fake_registry.client.registry_url import parse_registry_url

    try:
        return str(parse_registry_url(endpoint))
    except ValueError as error:
        raise pytest.UsageError(f"{source}: {error}") from None


def _option(config: pytest.Config, name: str) -> tuple[str, str]:
    """Return where an option is set and to what: command line, environment, ini, in this order; or twice nothing."""
    flag, variable, ini = f"--acr-{name.replace('_', '-')}", f"PYTEST_ACR_{name.upper()}", f"acr_{name}"
    sources = (
        (flag, config.getoption(flag)),
        (variable, os.environ.get(variable)),
        (ini, config.getini(ini)),
    )
    return next(((source, value) for source, value in sources if value), ("", ""))
