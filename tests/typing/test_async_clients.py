"""Async code: the content client of `pytest_acr.aio`, credentials, transports."""

import asyncio
from typing import assert_type

from azure.core.credentials import AccessToken, TokenCredential
from azure.core.credentials_async import AsyncTokenCredential

from fake_registry import FakeRegistry, ManualClock
from pytest_acr import (
    DEFAULT_PRINCIPAL,
    AcrAioCredential,
    AcrCredential,
    DownloadBlobResult,
    GetManifestResult,
    SetManifestResult,
    UploadBlobResult,
    connect,
)
from pytest_acr.aio import ContainerRegistryContentClient

SCOPE = "https://containerregistry.azure.net/.default"


async def push_and_pull(client: ContainerRegistryContentClient) -> bytes:
    """Push a blob and a manifest of it, pull both."""
    async with client:
        uploaded = assert_type(await client.upload_blob(b"{}"), UploadBlobResult)
        config = {"mediaType": "application/x", "digest": uploaded.digest, "size": 2}
        manifest = {"schemaVersion": 2, "config": config, "layers": []}
        assert_type(await client.set_manifest(manifest, tag="1.0"), SetManifestResult)
        assert_type(await client.get_manifest("1.0"), GetManifestResult)
        assert assert_type(await client.mount_blob(uploaded.digest, source="elsewhere"), bool) is False

        downloaded = assert_type(await client.download_blob_content(uploaded.digest), DownloadBlobResult)
        async with client.download_blob_streaming(uploaded.digest) as pieces:
            parts = [assert_type(piece, bytes) async for piece in pieces]
        assert b"".join(parts) == downloaded.content
        return downloaded.content


def test_async_content_client() -> None:
    with connect(FakeRegistry()) as connection:
        assert asyncio.run(push_and_pull(connection.aio_content_client("samples/hello"))) == b"{}"


def test_credentials_are_those_of_azure_core() -> None:
    clock = ManualClock()
    credential: TokenCredential = AcrCredential(clock)
    aio_credential: AsyncTokenCredential = AcrAioCredential(clock, principal=DEFAULT_PRINCIPAL)

    token = assert_type(credential.get_token(SCOPE), AccessToken)

    assert asyncio.run(aio_token_of(aio_credential)) == token


async def aio_token_of(credential: AsyncTokenCredential) -> AccessToken:
    """Return the token of an async credential."""
    return await credential.get_token(SCOPE)
