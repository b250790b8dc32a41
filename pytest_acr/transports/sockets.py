"""azure-core transports for a registry behind a socket: requests', with what a test needs put right.

- The CA is given with each request: a session's own `verify` loses against REQUESTS_CA_BUNDLE.
- `enforce_https` is taken out of the options: the Azure SDK's login client leaves it there, and requests rejects it.
- A streamed error is read to its end: the SDK never does, and an unread body is an unclosed socket.
- `sleep` lets the registry's clock wait, so that a retried call takes no time on one that is set by hand.
"""

from pathlib import Path
from typing import Any, cast

import requests
from azure.core.exceptions import ServiceRequestError, ServiceResponseError
from azure.core.pipeline import PipelineRequest
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import AsyncHttpTransport, AsyncioRequestsTransport, HttpTransport, RequestsTransport

from fake_registry.clock import Clock
from pytest_acr.transports.in_process import AnyAioResponse, AnyRequest, AnyResponse, wait


def socket_session(ca_file: Path | None) -> requests.Session:
    """Return a session that trusts `ca_file` alone and looks at no environment variable."""
    session = requests.Session()
    session.trust_env = False
    if ca_file is not None:
        session.verify = str(ca_file)
    session.hooks["response"].append(read_error)
    return session


def read_error(response: requests.Response, **_options: Any) -> None:  # Any: how it was sent
    """Read an error's body to its end: a hook for a session's responses."""
    if response.status_code >= 400:
        _ = response.content  # kept by the response, for whoever reads it later


class SocketTransport(HttpTransport[AnyRequest, AnyResponse]):
    """Sends requests over `session`, whose owner closes it at last."""

    def __init__(self, session: requests.Session, *, clock: Clock, ca_file: Path | None = None) -> None:
        # Any: azure-core leaves RequestsTransport's methods untyped
        self._inner: Any = RequestsTransport(session=session, session_owner=False)
        self._ca_file = ca_file
        self._clock = clock

    def send(self, request: AnyRequest, **options: Any) -> AnyResponse:
        """Send `request` with the options that azure-core's transports take."""
        return cast(AnyResponse, self._inner.send(request, **_send_options(options, self._ca_file)))

    def sleep(self, duration: float) -> None:
        """Let `duration` seconds pass on the clock."""
        self._clock.wait(duration)

    def open(self) -> None:
        """Connections are opened as they are needed."""

    def close(self) -> None:
        """Close all connections. One that is used again opens them anew."""
        self._inner.session.close()

    def __exit__(self, *exc_details: object) -> None:
        self.close()


class AioSocketTransport(AsyncHttpTransport[AnyRequest, AnyAioResponse]):
    """`SocketTransport` for asyncio. Not over aiohttp: its sessions outlive their loop and warn."""

    def __init__(self, session: requests.Session, *, clock: Clock, ca_file: Path | None = None) -> None:
        self._inner: Any = AsyncioRequestsTransport(session=session, session_owner=False)  # Any: as above
        self._ca_file = ca_file
        self._clock = clock

    async def send(self, request: AnyRequest, **options: Any) -> AnyAioResponse:
        """Send `request` with the options that azure-core's transports take."""
        try:
            return cast(AnyAioResponse, await self._inner.send(request, **_send_options(options, self._ca_file)))
        except ServiceResponseError as error:
            # what azure-core's aiohttp transport, the usual one, makes of a connection that breaks before the answer
            raise ServiceRequestError(error, error=error) from error

    async def sleep(self, duration: float) -> None:
        """Let `duration` seconds pass on the clock."""
        await wait(self._clock, duration)

    async def open(self) -> None:
        """Connections are opened as they are needed."""

    async def close(self) -> None:
        """Close all connections. One that is used again opens them anew."""
        self._inner.session.close()

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()


class AllowHttp(SansIOHTTPPolicy[Any, Any]):
    """A per-call policy without which the Azure SDK sends nothing to an `http://` endpoint."""

    def on_request(self, request: PipelineRequest[Any]) -> None:
        """Say that this request need not be https."""
        # Its login is not asked for https, and would hand the option on to a transport that knows it not.
        if "/oauth2/" not in request.http_request.url:
            request.context.options["enforce_https"] = False


def _send_options(options: dict[str, Any], ca_file: Path | None) -> dict[str, Any]:
    trust = {} if ca_file is None else {"connection_verify": str(ca_file)}
    return trust | {name: value for name, value in options.items() if name != "enforce_https"}
