"""azure-core transports that call WSGI applications in this process: no socket, no thread, no DNS.

Both take the request classes of both of azure-core's generations and answer each in its own. Redirects, retries and
authentication are the pipeline's business; there are no cookies. A transport keeps no state: several clients may share
one, and one that was closed still works.

An exception of the application that is not `ConnectionDropped` passes through unchanged: azure-core retries only its
own errors, so a bug in the registry fails the test at once and with its traceback.
"""

from collections.abc import AsyncIterable
from typing import Any, TypeAlias

from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline.transport import AsyncHttpResponse as LegacyAioHttpResponse
from azure.core.pipeline.transport import AsyncHttpTransport, HttpTransport
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.pipeline.transport import HttpResponse as LegacyHttpResponse
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse

from fake_registry.clock import Clock, ManualClock
from fake_registry.wsgi import ConnectionDropped
from pytest_acr.transports.responses import LegacyAioResponse, LegacyResponse, rest_aio_response, rest_response
from pytest_acr.transports.wsgi_call import Apps, UnknownHost, call

AnyRequest: TypeAlias = HttpRequest | LegacyHttpRequest
AnyResponse: TypeAlias = HttpResponse | LegacyHttpResponse
AnyAioResponse: TypeAlias = AsyncHttpResponse | LegacyAioHttpResponse


class AcrTransport(HttpTransport[AnyRequest, AnyResponse]):
    """Sends requests to `apps`, a mapping of host name to WSGI application; sleeps by letting `clock` wait.

    Raises `ServiceRequestError` for a host that is not in `apps`, `ServiceResponseError` for a connection that the
    application drops before it answers.
    """

    def __init__(self, apps: Apps, *, clock: Clock) -> None:
        self._apps = apps
        self._clock = clock

    def send(self, request: AnyRequest, *, stream: bool = False, **_options: Any) -> AnyResponse:
        """Send `request`; with `stream` the body of a success is left to be read. The other options concern sockets."""
        try:
            answer = call(self._apps, request.method, request.url, request.headers, request.data, request.files)
        except UnknownHost as unknown:
            raise ServiceRequestError(unknown, error=unknown) from unknown
        except ConnectionDropped as dropped:
            raise ServiceResponseError("the connection was dropped before the answer", error=dropped) from dropped
        if isinstance(request, LegacyHttpRequest):
            legacy = LegacyResponse(request, answer)
            if not stream:
                legacy.body()
            return legacy
        response = rest_response(request, answer)
        if not stream:
            response.read()
        return response

    def sleep(self, duration: float) -> None:
        """Let `duration` seconds pass on the clock: at once on one that is set by hand."""
        self._clock.wait(duration)

    def open(self) -> None:
        """Nothing is opened."""

    def close(self) -> None:
        """Nothing is open."""

    def __exit__(self, *exc_details: object) -> None:
        self.close()


class AcrAioTransport(AsyncHttpTransport[AnyRequest, AnyAioResponse]):
    """`AcrTransport` for async pipelines. It needs no aiohttp, and of an event loop only what `sleep` says.

    An async iterable as the body is read to its end before the call. Raises `ServiceRequestError` also for a connection
    that is dropped before the answer, as azure-core's `AioHttpTransport` does.
    """

    def __init__(self, apps: Apps, *, clock: Clock) -> None:
        self._apps = apps
        self._clock = clock

    async def send(self, request: AnyRequest, *, stream: bool = False, **_options: Any) -> AnyAioResponse:
        """Send `request`; with `stream` the body of a success is left to be read. The other options concern sockets."""
        data = request.data
        if isinstance(data, AsyncIterable):
            data = iter([piece async for piece in data])
        try:
            answer = call(self._apps, request.method, request.url, request.headers, data, request.files)
        except UnknownHost as unknown:
            raise ServiceRequestError(unknown, error=unknown) from unknown
        except ConnectionDropped as dropped:
            raise ServiceRequestError("the connection was dropped before the answer", error=dropped) from dropped
        if isinstance(request, LegacyHttpRequest):
            legacy = LegacyAioResponse(request, answer)
            if not stream:
                await legacy.load_body()
            return legacy
        response = rest_aio_response(request, answer)
        if not stream:
            await response.read()
        return response

    async def sleep(self, duration: float) -> None:
        """Let `duration` seconds pass on the clock."""
        await wait(self._clock, duration)

    async def open(self) -> None:
        """Nothing is opened."""

    async def close(self) -> None:
        """Nothing is open."""

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()


async def wait(clock: Clock, seconds: float) -> None:
    """Let `seconds` pass on `clock`: at once on a `ManualClock`, else in a thread, as it may block."""
    if isinstance(clock, ManualClock):
        clock.wait(seconds)
        return
    import asyncio

    await asyncio.to_thread(clock.wait, seconds)
