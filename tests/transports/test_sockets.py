"""The async transport over sockets, under asyncio and trio."""

from collections.abc import Iterator
from typing import Any

import anyio
import pytest
import requests
from azure.core.exceptions import ServiceRequestError, ServiceResponseTimeoutError
from azure.core.rest import HttpRequest

from fake_registry.clock import ManualClock
from pytest_acr.transports.sockets import AioSocketTransport, socket_session
from tests.support.products import cross
from tests.transports.sockets import hanging_up, serve_app, silent
from tests.transports.wsgi_apps import mirror

SHORT = 0.05
"""A read timeout in seconds, for servers that are silent for ever."""


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """The library whose event loop runs."""
    return str(request.param)


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with socket_session(None) as session:
        yield session


@pytest.fixture
def transport(session: requests.Session) -> AioSocketTransport:
    return AioSocketTransport(session, clock=ManualClock())


def send(transport: AioSocketTransport, backend: str, url: str, **options: Any) -> bytes:
    async def run() -> bytes:
        response: Any = await transport.send(HttpRequest("PUT", url, content=b"abc"), **options)
        return bytes(response.content)

    return anyio.run(run, backend=backend)


def test_request_is_sent_and_its_response_read(transport: AioSocketTransport, backend: str) -> None:
    with serve_app(mirror) as netloc:
        assert b'"body": "abc"' in send(transport, backend, f"http://{netloc}/")


@cross(
    {
        "payload": {
            "before the response": b"",
            "within the body": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        },
        "options": {
            "single": {"read_timeout": SHORT},
            "pair": {"connection_timeout": (60, SHORT)},
        },
    }
)
def test_read_timeout_raises_as_over_aiohttp(
    options: dict[str, Any], payload: bytes, transport: AioSocketTransport, backend: str
) -> None:
    with silent(payload) as url, pytest.raises(ServiceResponseTimeoutError, match="Read timed out"):
        send(transport, backend, url, **options)


def test_broken_connection_raises_as_over_aiohttp(transport: AioSocketTransport, backend: str) -> None:
    with hanging_up(b"") as url, pytest.raises(ServiceRequestError, match="Connection aborted"):
        send(transport, backend, url)
