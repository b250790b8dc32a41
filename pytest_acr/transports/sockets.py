"""azure-core transports for a registry behind a socket: those of requests, adapted to tests.

- The CA is passed with each request: REQUESTS_CA_BUNDLE overrides a session's own `verify`.
- `enforce_https` is removed from the options: the Azure SDK's login client leaves it there, and
  requests rejects it.
- A streamed error is read, up to 64 KiB: the SDK never reads it, and an unread body is an unclosed
  socket.
- `sleep` uses the registry's clock, so that a retry takes no time on one that is set by hand.
- The async transport runs under asyncio and trio. It has the timeouts and errors of azure-core's
  `AioHttpTransport`.
"""

from contextvars import copy_context
from pathlib import Path
from typing import Any, cast

import requests
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import (
    AsyncHttpTransport,
    AsyncioRequestsTransport,
    HttpTransport,
    RequestsTransport,
)

from fake_registry.clock import Clock
from fake_registry.sessions.adapter import DeadlineAdapter
from fake_registry.sessions.bodies import limit_session
from fake_registry.spec.endpoints import Family
from pytest_acr.transports.aio_socket_errors import SOCKET_ERRORS, aio_error_of, with_aio_errors
from pytest_acr.transports.event_loop import wait
from pytest_acr.transports.in_process import (
    DEFAULT_TIMEOUT,
    AnyAioResponse,
    AnyRequest,
    AnyResponse,
)
from pytest_acr.transports.tasks import runs_in_trio


def socket_session(ca_file: Path | None) -> requests.Session:
    """Return a session that trusts `ca_file` alone and reads no environment variables."""
    session = requests.Session()
    session.trust_env = False
    if ca_file is not None:
        session.verify = str(ca_file)
    limit_session(session)
    for scheme in ("https://", "http://"):
        session.mount(scheme, DeadlineAdapter())
    return session


class SocketTransport(HttpTransport[AnyRequest, AnyResponse]):
    """Sends requests over `session`, which its owner closes."""

    def __init__(
        self,
        session: requests.Session,
        *,
        clock: Clock,
        ca_file: Path | None = None,
    ) -> None:
        # Any: azure-core leaves RequestsTransport's methods untyped
        self._inner: Any = RequestsTransport(session=session, session_owner=False)
        self._ca_file = ca_file
        self._clock = clock

    def send(self, request: AnyRequest, **options: Any) -> AnyResponse:
        """Send `request` with the options that azure-core's transports take."""
        sent = self._inner.send(request, **_supported_options_of(options, self._ca_file))
        return cast(AnyResponse, sent)

    def sleep(self, duration: float) -> None:
        """Let `duration` seconds pass on the clock."""
        self._clock.wait(duration)

    def open(self) -> None:
        """Do nothing: connections are opened when they are needed."""

    def close(self) -> None:
        """Close all connections. A later request opens new ones."""
        self._inner.session.close()

    def __exit__(self, *exc_details: object) -> None:
        self.close()


class AioSocketTransport(AsyncHttpTransport[AnyRequest, AnyAioResponse]):
    """`SocketTransport` for asyncio and trio. aiohttp's sessions would outlive their loop and warn.

    It sends requests in threads. A request that is cancelled goes on in its thread; trio waits for
    that.
    """

    def __init__(
        self,
        session: requests.Session,
        *,
        clock: Clock,
        ca_file: Path | None = None,
    ) -> None:
        self._session = session
        self._ca_file = ca_file
        self._clock = clock

    async def send(self, request: AnyRequest, **options: Any) -> AnyAioResponse:
        """Send `request` with the options that azure-core's transports take."""
        supported = _with_one_timeout(_supported_options_of(options, self._ca_file))
        try:
            sent = await self._inner().send(request, **supported)
        except SOCKET_ERRORS as error:
            raise aio_error_of(error) from error

        return cast(AnyAioResponse, with_aio_errors(sent))

    async def sleep(self, duration: float) -> None:
        """Let `duration` seconds pass on the clock."""
        await wait(self._clock, duration)

    async def open(self) -> None:
        """Do nothing: connections are opened when they are needed."""

    async def close(self) -> None:
        """Close all connections. A later request opens new ones."""
        self._session.close()

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()

    def _inner(self) -> Any:  # Any: as above
        inner: Any = AsyncioRequestsTransport
        if runs_in_trio():
            from azure.core.pipeline.transport import TrioRequestsTransport  # it imports trio

            inner = TrioRequestsTransport

        return inner(session=_SessionInContext(self._session), session_owner=False)


class _SessionInContext:
    """A session that sends requests in the context of the task that made it, from any thread.

    asyncio runs threads without it, and the deadline of a request is there.
    """

    def __init__(self, session: requests.Session) -> None:
        self._session = session
        self._context = copy_context()

    def request(self, *args: Any, **options: Any) -> requests.Response:  # Any: requests' arguments
        """Send a request."""
        return self._context.run(self._session.request, *args, **options)


class AllowHttp(SansIOHTTPPolicy[Any, Any]):
    """A per-call policy that lets the Azure SDK send requests to an `http://` endpoint."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Remove the demand for https from this request."""
        # The SDK does not demand it of its login, and would pass the option on to the transport.
        if f"{Family.OAUTH.value}/" not in request.http_request.url:
            request.context.options["enforce_https"] = False


def _supported_options_of(options: dict[str, Any], ca_file: Path | None) -> dict[str, Any]:
    supported = {name: value for name, value in options.items() if name != "enforce_https"}
    if ca_file is not None:
        supported.setdefault("connection_verify", str(ca_file))
    return supported


def _with_one_timeout(options: dict[str, Any]) -> dict[str, Any]:
    """Return `options` with both timeouts in one: the inner transports take no other."""
    read_timeout = options.pop("read_timeout", DEFAULT_TIMEOUT)
    connection_timeout = options.pop("connection_timeout", DEFAULT_TIMEOUT)
    if isinstance(connection_timeout, tuple):
        return {**options, "connection_timeout": connection_timeout}

    return {**options, "connection_timeout": (connection_timeout, read_timeout)}
