"""Memory mode without a network: name lookups and connections fail. Run by test_isolation.py."""

import asyncio
import io
import socket
from typing import NoReturn

import pytest
import requests
from azure.containerregistry import ContainerRegistryClient
from azure.containerregistry.aio import ContainerRegistryClient as AioContainerRegistryClient

from fake_registry import FakeRegistry


def refuse(*_arguments: object, **_options: object) -> NoReturn:
    raise AssertionError("memory mode touched the network")


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, refuse)
    for name in ("connect", "connect_ex", "bind"):
        monkeypatch.setattr(socket.socket, name, refuse)


def test_sockets_are_refused() -> None:
    with pytest.raises(AssertionError, match="touched the network"):
        requests.get("http://127.0.0.1:9/")


def test_sync(acr_client: ContainerRegistryClient) -> None:
    digest, _ = acr_client.upload_blob("samples/hello", io.BytesIO(b"hello"))
    assert b"".join(acr_client.download_blob("samples/hello", digest)) == b"hello"


@pytest.mark.acr(auth="anonymous-pull")
def test_anonymous(acr: FakeRegistry, acr_anonymous_client: ContainerRegistryClient) -> None:
    acr.push_image("samples/hello:v1")
    assert list(acr_anonymous_client.list_repository_names()) == ["samples/hello"]


def test_aio(acr_aio_client: AioContainerRegistryClient) -> None:
    async def push_and_pull() -> bytes:
        digest, _ = await acr_aio_client.upload_blob("samples/hello", io.BytesIO(b"hello"))
        return b"".join([piece async for piece in await acr_aio_client.download_blob("samples/hello", digest)])

    assert asyncio.run(push_and_pull()) == b"hello"


@pytest.mark.acr(auth="anonymous-pull")
def test_aio_anonymous(acr: FakeRegistry, acr_aio_anonymous_client: AioContainerRegistryClient) -> None:
    async def names() -> list[str]:
        return [name async for name in acr_aio_anonymous_client.list_repository_names()]

    acr.push_image("samples/hello:v1")
    assert asyncio.run(names()) == ["samples/hello"]


def test_session(acr_session: requests.Session, acr_endpoint: str) -> None:
    assert acr_session.get(f"{acr_endpoint}/v2/").status_code == 401


def test_session_reaches_nothing_else(acr_session: requests.Session) -> None:
    with pytest.raises(requests.ConnectionError, match=r"no registry serves host 'registry\.example'"):
        acr_session.get("https://registry.example/v2/")
