"""The imports of a run in memory, which grow from test to test in this order. Run by test_laziness.py."""

import asyncio
import io
import sys
from typing import TYPE_CHECKING

import pytest

import fake_registry
import pytest_acr

if TYPE_CHECKING:  # the suite must import nothing by itself
    from azure.containerregistry import ContainerRegistryClient
    from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient

HEAVY = (
    "aiohttp",
    "azure",
    "cryptography",
    "fake_registry.fake",
    "fake_registry.journal",
    "hypothesis",
    "jwt",
    "pytest_acr.budgets",
    "pytest_acr.plugin.budgets",
    "pytest_acr.plugin.strict_checks",
    "requests",
    "trustme",
    "urllib3",
    "werkzeug",
)

SERVERS = ("aiohttp", "hypothesis", "trustme", "fake_registry.server", "pytest_acr.transports.sockets")


def imports_among(*names: str) -> list[str]:
    return [name for name in names if name in sys.modules]


def test_plugin_imports_nothing_heavy(request: pytest.FixtureRequest) -> None:
    assert request.config.pluginmanager.hasplugin("acr")
    assert imports_among("pytest_acr.plugin.hooks") == ["pytest_acr.plugin.hooks"]
    assert imports_among(*HEAVY) == []


def test_public_names_are_listed_without_their_modules() -> None:
    assert "connect" in dir(pytest_acr)
    assert "FakeRegistry" in dir(fake_registry)
    assert imports_among(*HEAVY) == []


def test_public_names_are_loaded_when_used() -> None:
    assert callable(pytest_acr.connect)
    assert callable(fake_registry.Settings)
    assert imports_among("azure", "werkzeug", "fake_registry.fake") == ["azure"]


def test_sync_client_imports_no_server(acr_client: "ContainerRegistryClient") -> None:
    acr_client.upload_blob("samples/hello", io.BytesIO(b"hello"))
    assert imports_among("azure.containerregistry", "werkzeug") == ["azure.containerregistry", "werkzeug"]
    assert imports_among("requests", "jwt", "cryptography", *SERVERS) == []


@pytest.mark.acr(auth="anonymous-pull")
@pytest.mark.parametrize("name", ["acr_aio_client", "acr_aio_anonymous_client"])
def test_async_client_imports_no_server(
    request: pytest.FixtureRequest, acr: "fake_registry.FakeRegistry", name: str
) -> None:
    async def names_in(client: "AioContainerRegistryClient") -> list[str]:
        return [name async for name in client.list_repository_names()]

    acr.push_image("samples/hello:v1")
    assert asyncio.run(names_in(request.getfixturevalue(name))) == ["samples/hello"]
    assert imports_among(*SERVERS) == []
