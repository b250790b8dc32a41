"""The Azure SDK's async client: concurrent calls, context managers, several event loops."""

import asyncio
import io
import socket
from typing import NoReturn

import pytest
from azure.containerregistry.aio import ContainerRegistryClient

from fake_registry import FakeRegistry
from pytest_acr import Connection
from tests.support.clients import CHUNK, HELLO, digest_of, every_transport, some_bytes, with_tls

BLOBS = [b"blob %d" % number for number in range(8)]


@every_transport
def test_concurrent_uploads_do_not_disturb_each_other(acr: FakeRegistry, connection: Connection) -> None:
    async def upload_all() -> list[tuple[str, int]]:
        client = connection.aio_client()
        return list(await asyncio.gather(*(client.upload_blob(HELLO, io.BytesIO(blob)) for blob in BLOBS)))

    assert asyncio.run(upload_all()) == [(digest_of(blob), len(blob)) for blob in BLOBS]
    acr.requests.assert_count(len(BLOBS), endpoint="upload.finish", status=201)


@with_tls
def test_one_client_works_in_two_event_loops(connection: Connection) -> None:
    """A fixture is made outside of any loop, and a test may call asyncio.run as often as it likes."""
    client = connection.aio_client()

    async def upload() -> tuple[str, int]:
        return await client.upload_blob(HELLO, io.BytesIO(b"hello"))

    async def download(digest: str) -> bytes:
        return b"".join([piece async for piece in await client.download_blob(HELLO, digest)])

    digest, _ = asyncio.run(upload())

    assert asyncio.run(download(digest)) == b"hello"


@every_transport
def test_closing_a_client_leaves_others_open(connection: Connection) -> None:
    async def names() -> list[str]:
        async with connection.aio_client() as first:
            await first.upload_blob(HELLO, io.BytesIO(b"hello"))
        second = connection.aio_client()
        return [name async for name in second.list_repository_names()]

    assert asyncio.run(names()) == []


@with_tls
def test_download_left_in_the_middle_leaves_nothing_open(connection: Connection) -> None:
    content = some_bytes(2 * CHUNK)

    async def first_piece() -> bytes:
        client = connection.aio_client()
        digest, _ = await client.upload_blob(HELLO, io.BytesIO(content))
        async with await client.download_blob(HELLO, digest) as stream:
            return await anext(stream)

    piece = asyncio.run(first_piece())

    assert piece
    assert content.startswith(piece)


@every_transport
def test_pages_are_async_iterables(acr: FakeRegistry, connection: Connection) -> None:
    for tag in ("a", "b", "c"):
        acr.push_image(f"{HELLO}:{tag}")

    async def pages() -> list[list[str | None]]:
        tags = connection.aio_client().list_tag_properties(HELLO, results_per_page=2)
        return [[tag.name async for tag in page] async for page in tags.by_page()]

    assert asyncio.run(pages()) == [["a", "b"], ["c"]]


def refuse(*_arguments: object, **_options: object) -> NoReturn:
    raise AssertionError("memory mode touched the network")


@pytest.mark.acr(auth="anonymous-pull")
def test_anonymous_client_uses_no_network(
    acr: FakeRegistry, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """azure-sdk-quirks: with `credential=None` the aio client builds its login without the transport it was given."""
    acr.push_image(f"{HELLO}:v1")
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)

    async def names() -> list[str]:
        async with connection.aio_anonymous_client() as client:
            return [name async for name in client.list_repository_names()]

    assert asyncio.run(names()) == [HELLO]


@pytest.mark.acr(auth="anonymous-pull")
def test_login_of_the_unrepaired_anonymous_client_has_its_own_transport(connection: Connection) -> None:
    """azure-sdk-quirks: the reason for the repair. Once this fails, the repair in `Connection` can go."""
    client = ContainerRegistryClient(connection.endpoint, None, transport=connection.aio_transport)
    login = client._auth_policy._exchange_client._client._client._pipeline._transport

    assert login is not connection.aio_transport

    repaired = connection.aio_anonymous_client()
    assert repaired._auth_policy._exchange_client._client._client._pipeline._transport is connection.aio_transport
