"""A `requests.Session` whose connections are calls to WSGI applications in this process.

It serves code that uses requests. It is also the oracle for `in_process`: the parity tests compare
its transports with azure-core's `RequestsTransport` over this session. From the raw body on, all
code is urllib3's and requests' own.
"""

import errno
import http.client
import io
import math
from collections.abc import Iterator
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPHeaderDict, HTTPResponse, Timeout, connection_from_url
from urllib3.exceptions import ProtocolError, ReadTimeoutError

from fake_registry.clock import Clock
from fake_registry.wsgi import ConnectionClosed, ConnectionDropped
from pytest_acr.transports.bodies import BodyBrokeOff, Reader, ResponseBody, take_from
from pytest_acr.transports.pauses import Patience, ReadTimedOut
from pytest_acr.transports.wsgi_call import Apps, UnknownHost, WsgiResponse, call, request_of


def acr_session(apps: Apps, *, clock: Clock) -> requests.Session:
    """Return a session that reaches `apps` (host name -> WSGI application) and nothing else.

    `clock` lets the pauses of responses pass. The session reads no environment variables: proxies
    and CA bundles have no meaning here, and looking for them takes longer than a call.
    """
    session = requests.Session()
    session.trust_env = False

    adapter = AcrAdapter(apps, clock=clock)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class AcrAdapter(BaseAdapter):
    """Sends a session's requests to `apps`. Its errors are those of requests' own adapter."""

    def __init__(self, apps: Apps, *, clock: Clock) -> None:
        super().__init__()
        self._apps = apps
        self._clock = clock

    # Any: requests' signature. The other options concern sockets.
    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,  # noqa: ARG002, FBT001, FBT002
        timeout: Any = None,
        *_args: Any,
        **_options: Any,
    ) -> requests.Response:
        """Send `request`. Raises ConnectionError, or ReadTimeout for a pause beyond `timeout`."""
        method, url = request.method or "", request.url or ""
        try:
            prepared = request_of(
                self._apps,
                method,
                url,
                request.headers,
                request.body,
                prepared=True,
            )
            response = call(prepared, Patience(self._clock, read_timeout_of(timeout)))
        except UnknownHost as unknown:
            raise requests.exceptions.ConnectionError(unknown, request=request) from unknown
        except ConnectionDropped as dropped:
            lost = ProtocolError("Connection aborted.", _socket_error_of(dropped))
            raise requests.exceptions.ConnectionError(lost, request=request) from dropped
        except ReadTimedOut as late:
            timed_out = ReadTimeoutError(connection_from_url(url), url, str(late))
            raise requests.exceptions.ReadTimeout(timed_out, request=request) from late

        return _requests_response(request, response)

    def close(self) -> None:
        """Do nothing: nothing is open."""


def read_timeout_of(timeout: Any) -> float:  # Any: all that requests takes
    """Return the read timeout in seconds of a `timeout` of requests; infinite for None."""
    if isinstance(timeout, Timeout):
        started = timeout.clone()
        started.start_connect()
        timeout = started.read_timeout
    elif isinstance(timeout, tuple):
        _, timeout = timeout

    return math.inf if timeout is None else float(timeout)


def _requests_response(
    request: requests.PreparedRequest,
    response: WsgiResponse,
) -> requests.Response:
    raw = HTTPResponse(
        body=_raw_file_of(response.body),
        headers=HTTPHeaderDict(response.headers),
        status=response.status,
        reason=response.reason,
        request_method=request.method,
        request_url=request.url,
        preload_content=False,
        decode_content=False,
    )

    built = requests.Response()
    built.status_code = response.status
    built.reason = response.reason
    built.headers = CaseInsensitiveDict(raw.headers)
    built.encoding = get_encoding_from_headers(built.headers)
    built.raw = raw
    built.url = request.url or ""
    built.request = request
    return built


def _socket_error_of(dropped: ConnectionDropped) -> OSError:
    """Return what `http.client` raises where a socket ends before the response begins."""
    if isinstance(dropped, ConnectionClosed):
        return http.client.RemoteDisconnected(str(dropped))
    return ConnectionResetError(errno.ECONNRESET, str(dropped))


def _raw_file_of(body: ResponseBody) -> io.RawIOBase:
    return Reader(take_from(_pieces_of(body)), body.close)


def _pieces_of(body: ResponseBody) -> Iterator[bytes]:
    """Yield the pieces of `body`. Its errors become those of `http.client`, as urllib3 expects."""
    try:
        yield from body
    except ReadTimedOut as late:
        raise TimeoutError(str(late)) from late
    except BodyBrokeOff as broken:
        if broken.missing is None:
            raise ConnectionResetError("the connection dropped before the last chunk") from broken
        raise http.client.IncompleteRead(b"", broken.missing) from broken
