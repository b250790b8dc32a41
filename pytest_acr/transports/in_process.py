"""azure-core transports that call WSGI applications in this process, without sockets and DNS.

Both accept the request classes of both of azure-core's generations and return the matching response
class. Redirects, retries and authentication belong to the pipeline; there are no cookies. A
transport keeps no state: several clients may share one, and a closed one still works.

An exception of the application passes through unchanged, except `ConnectionDropped`. azure-core
retries only its own errors, so a bug in the registry fails the test at once, with its traceback.
"""

import math
from collections.abc import AsyncIterable, Mapping
from typing import Any, Final, TypeAlias

from azure.core.configuration import ConnectionConfiguration
from azure.core.exceptions import (
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.pipeline.transport import AsyncHttpResponse as LegacyAioHttpResponse
from azure.core.pipeline.transport import AsyncHttpTransport, HttpTransport
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.pipeline.transport import HttpResponse as LegacyHttpResponse
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse

from fake_registry.clock import Clock
from fake_registry.wsgi import ConnectionDropped
from pytest_acr.transports.aio_call import AioBody, aio_call
from pytest_acr.transports.event_loop import wait
from pytest_acr.transports.pauses import Patience, ReadTimedOut
from pytest_acr.transports.responses import (
    LegacyAioResponse,
    LegacyResponse,
    rest_aio_response,
    rest_response,
)
from pytest_acr.transports.wsgi_call import (
    Apps,
    UnknownHost,
    WsgiRequest,
    WsgiResponse,
    call,
    request_of,
)

AnyRequest: TypeAlias = HttpRequest | LegacyHttpRequest
AnyResponse: TypeAlias = HttpResponse | LegacyHttpResponse
AnyAioResponse: TypeAlias = AsyncHttpResponse | LegacyAioHttpResponse

DEFAULT_TIMEOUT: Final[float] = ConnectionConfiguration().read_timeout
"""Seconds that azure-core's own transports wait for a connection, and for each next byte."""

_DROPPED = "the connection was dropped before the response began"


class AcrTransport(HttpTransport[AnyRequest, AnyResponse]):
    """Sends requests to `apps`, a mapping of host name to WSGI application.

    `clock` lets time pass: for the pauses between retries, and for those of a response.
    """

    def __init__(self, apps: Apps, *, clock: Clock) -> None:
        self._apps = apps
        self._clock = clock

    def send(self, request: AnyRequest, *, stream: bool = False, **options: Any) -> AnyResponse:
        """Send `request`; with `stream` the body of a success is not read yet.

        Of the other options `read_timeout` counts: the others concern sockets. The errors are those
        of azure-core's `RequestsTransport`: `ServiceRequestError` for a host that is not in `apps`,
        `ServiceResponseError` for a connection that is dropped before the response begins,
        `ServiceResponseTimeoutError` for a pause that is longer than the timeout.
        """
        patience = Patience(self._clock, read_timeout_of(options))
        try:
            response = call(_request_of(self._apps, request, request.data), patience)
        except UnknownHost as unknown:
            raise ServiceRequestError(unknown, error=unknown) from unknown
        except ConnectionDropped as dropped:
            raise ServiceResponseError(_DROPPED, error=dropped) from dropped
        except ReadTimedOut as late:
            raise ServiceResponseTimeoutError(late, error=late) from late

        if stream:
            return _unread(request, response)
        return _read(request, response)

    def sleep(self, duration: float) -> None:
        """Let `duration` seconds pass on the clock: at once on a `ManualClock`."""
        self._clock.wait(duration)

    def open(self) -> None:
        """Do nothing: there is nothing to open."""

    def close(self) -> None:
        """Do nothing: nothing is open."""

    def __exit__(self, *exc_details: object) -> None:
        self.close()


class AcrAioTransport(AsyncHttpTransport[AnyRequest, AnyAioResponse]):
    """`AcrTransport` for async pipelines, under asyncio and trio. It needs no aiohttp.

    The event loop runs other tasks at least once per request and per piece of a body, so timeouts
    and cancellation work. What a cancelled request does to the registry is described at `aio_call`.
    """

    def __init__(self, apps: Apps, *, clock: Clock) -> None:
        self._apps = apps
        self._clock = clock

    async def send(
        self,
        request: AnyRequest,
        *,
        stream: bool = False,
        **options: Any,
    ) -> AnyAioResponse:
        """Send `request`; with `stream` the body of a success is not read yet.

        An async iterable is a body as well. Options and errors are those of `AcrTransport.send`,
        except that a dropped connection raises `ServiceRequestError`, as azure-core's
        `AioHttpTransport` does.
        """
        patience = Patience(self._clock, read_timeout_of(options))
        try:
            response = await self._call(request, patience)
        except UnknownHost as unknown:
            raise ServiceRequestError(unknown, error=unknown) from unknown
        except ConnectionDropped as dropped:
            raise ServiceRequestError(_DROPPED, error=dropped) from dropped
        except ReadTimedOut as late:
            raise ServiceResponseTimeoutError(late, error=late) from late

        return await _aio_response(request, response, stream=stream)

    async def sleep(self, duration: float) -> None:
        """Let `duration` seconds pass on the clock while other tasks run."""
        await wait(self._clock, duration)

    async def open(self) -> None:
        """Do nothing: there is nothing to open."""

    async def close(self) -> None:
        """Do nothing: nothing is open."""

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()

    async def _call(self, request: AnyRequest, patience: Patience) -> WsgiResponse:
        source: AioBody | None = None
        data = request.data
        if isinstance(data, AsyncIterable):
            source, data = data, iter(())  # framed like any iterator

        return await aio_call(_request_of(self._apps, request, data), source, patience)


def read_timeout_of(options: Mapping[str, Any]) -> float:  # Any: as azure-core types options
    """Return the read timeout in seconds that azure-core's options ask for; infinite for None."""
    connection_timeout = options.get("connection_timeout")
    if isinstance(connection_timeout, tuple):
        seconds = connection_timeout[1]
    else:
        seconds = options.get("read_timeout", DEFAULT_TIMEOUT)

    return math.inf if seconds is None else seconds


def _request_of(apps: Apps, request: AnyRequest, data: object) -> WsgiRequest:
    return request_of(apps, request.method, request.url, request.headers, data, request.files)


def _unread(request: AnyRequest, response: WsgiResponse) -> AnyResponse:
    if isinstance(request, LegacyHttpRequest):
        return LegacyResponse(request, response)
    return rest_response(request, response)


def _read(request: AnyRequest, response: WsgiResponse) -> AnyResponse:
    try:
        if isinstance(request, LegacyHttpRequest):
            legacy = LegacyResponse(request, response)
            legacy.body()
            return legacy

        rest = rest_response(request, response)
        rest.read()
        return rest
    except ServiceResponseTimeoutError as late:
        # RequestsTransport reads such a body inside of `send`, and does not look for timeouts there
        raise ServiceRequestError(late.inner_exception, error=late.inner_exception) from late


async def _aio_response(
    request: AnyRequest,
    response: WsgiResponse,
    *,
    stream: bool,
) -> AnyAioResponse:
    if isinstance(request, LegacyHttpRequest):
        legacy = LegacyAioResponse(request, response)
        if not stream:
            await legacy.load_body()
        return legacy

    rest = rest_aio_response(request, response)
    if not stream:
        await rest.read()
    return rest
