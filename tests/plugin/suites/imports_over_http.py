"""The modules that are imported over http, more with each test. Run by test_laziness.py."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the suite must import nothing by itself
    from azure.containerregistry import ContainerRegistryClient
    from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient

    from fake_registry import FakeRegistry


def imports_among(*names: str) -> list[str]:
    return [name for name in names if name in sys.modules]


def test_registry_alone_imports_no_azure(acr: "FakeRegistry") -> None:
    acr.push_image("samples/hello:v1")
    assert imports_among("azure", "hypothesis", "jwt", "trustme", "fake_registry.server") == []


def test_http_needs_neither_certificates_nor_aiohttp(
    acr_client: "ContainerRegistryClient", acr_aio_client: "AioContainerRegistryClient"
) -> None:
    assert list(acr_client.list_repository_names()) == []
    assert imports_among("fake_registry.server") == ["fake_registry.server"]
    assert imports_among("aiohttp", "trustme") == []
