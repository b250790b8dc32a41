"""A body streamed by the async transport over sockets breaks with the errors of azure-core's over
aiohttp."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Final

import anyio
import pytest
from azure.core.exceptions import (
    AzureError,
    DecodeError,
    IncompleteReadError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.rest import AsyncHttpResponse, HttpRequest

from fake_registry.clock import ManualClock
from pytest_acr.transports.sockets import AioSocketTransport, socket_session
from tests.support.products import cross
from tests.transports.sockets import hanging_up, silent

SHORT: Final = 0.2
"""A read timeout in seconds, for servers that are silent for ever."""

HEAD: Final = b"HTTP/1.1 200 OK\r\n"
LENGTH: Final = HEAD + b"Content-Length: 5\r\n"

Server = Callable[[bytes], AbstractContextManager[str]]

BREAKS: Final[dict[str, tuple[Server, bytes, type[AzureError]]]] = {
    "short": (hanging_up, LENGTH + b"\r\nabc", IncompleteReadError),
    "short chunks": (
        hanging_up,
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        IncompleteReadError,
    ),
    "silent": (silent, LENGTH + b"\r\nabc", ServiceResponseTimeoutError),
}
"""A server, what it sends, and the error."""


async def close(response: Any) -> None:  # Any: both generations
    """Close a response: aiohttp warns of one that is not."""
    if isinstance(response, AsyncHttpResponse):
        await response.close()
    else:
        response.internal_response.close()


async def error_of(transport: Any, request: Any) -> type[BaseException]:  # Any: as above
    """Return the class of the error with which the body breaks."""
    response = await transport.send(request, stream=True, read_timeout=SHORT)
    stream = response.stream_download(None) if hasattr(response, "stream_download") else response.iter_bytes()
    try:
        async for _ in stream:
            pass
    except Exception as error:  # noqa: BLE001  its class is compared
        await close(response)
        return type(error)
    raise AssertionError("the body did not break")


async def error_over_aiohttp(request: Any) -> type[BaseException]:  # Any: as above
    async with AioHttpTransport() as transport:
        return await error_of(transport, request)


@cross({"name": BREAKS.keys(), "kind": {"rest": HttpRequest, "legacy": LegacyHttpRequest}})
def test_error_is_that_of_aiohttp(name: str, kind: Callable[[str, str], object]) -> None:
    serve, payload, expected = BREAKS[name]

    with serve(payload) as url, socket_session(None) as session:
        transport = AioSocketTransport(session, clock=ManualClock())
        found = asyncio.run(error_of(transport, kind("GET", url)))
        oracle = asyncio.run(error_over_aiohttp(kind("GET", url)))

    assert found is oracle is expected


@pytest.mark.parametrize("kind", [HttpRequest, LegacyHttpRequest], ids=["rest", "legacy"])
def test_body_that_is_no_gzip_is_a_decode_error(kind: Callable[[str, str], object]) -> None:
    """As in memory. Over aiohttp, azure-core lets the error of zlib through."""
    payload = LENGTH + b"Content-Encoding: gzip\r\n\r\nabcde"

    with hanging_up(payload) as url, socket_session(None) as session:
        transport = AioSocketTransport(session, clock=ManualClock())
        found = asyncio.run(error_of(transport, kind("GET", url)))

    assert found is DecodeError


@pytest.mark.parametrize("name", BREAKS)
def test_error_under_trio_is_the_same(name: str) -> None:
    serve, payload, expected = BREAKS[name]

    with serve(payload) as url, socket_session(None) as session:
        transport = AioSocketTransport(session, clock=ManualClock())
        found = anyio.run(error_of, transport, HttpRequest("GET", url), backend="trio")

    assert found is expected
