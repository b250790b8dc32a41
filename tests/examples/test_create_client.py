import asyncio
import os
from typing import Any

import pytest
from azure.core.credentials import TokenCredential
from azure.core.credentials_async import AsyncTokenCredential

from pytest_acr import ContainerRegistryContentClient
from pytest_acr.aio import ContainerRegistryContentClient as AioContainerRegistryContentClient


def create_client(credential: TokenCredential, **options: Any) -> ContainerRegistryContentClient:
    """In production: `create_client(DefaultAzureCredential())`, and no options."""
    return ContainerRegistryContentClient(os.environ["REGISTRY_ENDPOINT"], "samples/hello", credential, **options)


def create_aio_client(credential: AsyncTokenCredential, **options: Any) -> AioContainerRegistryContentClient:
    return AioContainerRegistryContentClient(os.environ["REGISTRY_ENDPOINT"], "samples/hello", credential, **options)


def test_create_client(
    monkeypatch: pytest.MonkeyPatch, acr_endpoint: str, acr_credential: TokenCredential, acr_transport: Any
) -> None:
    monkeypatch.setenv("REGISTRY_ENDPOINT", acr_endpoint)
    enforce_https = acr_endpoint.startswith("https:")  # False with `--acr-transport http`
    with create_client(acr_credential, transport=acr_transport, enforce_https=enforce_https) as client:
        assert client.upload_blob(b"hello").size_in_bytes == 5


def test_create_aio_client(
    monkeypatch: pytest.MonkeyPatch, acr_endpoint: str, acr_aio_credential: AsyncTokenCredential, acr_aio_transport: Any
) -> None:
    async def upload() -> int:
        options = {"transport": acr_aio_transport, "enforce_https": acr_endpoint.startswith("https:")}
        async with create_aio_client(acr_aio_credential, **options) as client:
            return (await client.upload_blob(b"hello")).size_in_bytes

    monkeypatch.setenv("REGISTRY_ENDPOINT", acr_endpoint)
    assert asyncio.run(upload()) == 5
