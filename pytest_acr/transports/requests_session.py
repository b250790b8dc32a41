"""A `requests.Session` whose connections are calls to WSGI applications in this process.

For code that uses requests, and as the oracle of `transports`: what azure-core's `RequestsTransport` makes of this
session is what they are compared with. From the raw body on all is urllib3's and requests' own code.
"""

import http.client
import io
from collections.abc import Iterator
from typing import Any

import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPHeaderDict, HTTPResponse
from urllib3.exceptions import ProtocolError

from fake_registry.wsgi import ConnectionDropped
from pytest_acr.transports.bodies import Body, BodyBrokeOff, Reader, reading
from pytest_acr.transports.wsgi_call import Answer, Apps, UnknownHost, call


def acr_session(apps: Apps) -> requests.Session:
    """Return a session that reaches `apps` (host name -> WSGI application) and nothing else.

    It looks at no environment variable: proxies and CA bundles have no meaning here, and asking for them takes longer
    than a call.
    """
    session = requests.Session()
    session.trust_env = False
    adapter = AcrAdapter(apps)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


class AcrAdapter(BaseAdapter):
    """Sends a session's requests to `apps`; its errors are those of requests for hosts and connections."""

    def __init__(self, apps: Apps) -> None:
        super().__init__()
        self._apps = apps

    # Any: what requests passes besides the request (timeout, verify, ...) concerns sockets.
    def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:
        try:
            answer = call(self._apps, request.method or "", request.url or "", request.headers, request.body)
        except UnknownHost as unknown:
            raise requests.exceptions.ConnectionError(unknown, request=request) from unknown
        except ConnectionDropped as dropped:
            lost = ProtocolError("Connection aborted.", http.client.RemoteDisconnected("no answer came"))
            raise requests.exceptions.ConnectionError(lost, request=request) from dropped
        return _response(request, answer)

    def close(self) -> None:
        """Nothing is open."""


def _response(request: requests.PreparedRequest, answer: Answer) -> requests.Response:
    raw = HTTPResponse(
        body=_raw(answer.body),
        headers=HTTPHeaderDict(answer.headers),
        status=answer.status,
        reason=answer.reason,
        request_method=request.method,
        request_url=request.url,
        preload_content=False,
        decode_content=False,
    )
    response = requests.Response()
    response.status_code = answer.status
    response.reason = answer.reason
    response.headers = CaseInsensitiveDict(raw.headers)
    response.encoding = get_encoding_from_headers(response.headers)
    response.raw = raw
    response.url = request.url or ""
    response.request = request
    return response


def _raw(body: Body) -> io.RawIOBase:
    return Reader(reading(_breaking(body)), body.close)


def _breaking(body: Body) -> Iterator[bytes]:
    """Let a broken body look as it does in `http.client`, whose exceptions urllib3 translates."""
    try:
        yield from body
    except BodyBrokeOff as broken:
        if broken.missing is None:
            raise ConnectionResetError("the connection was dropped before the last chunk") from broken
        raise http.client.IncompleteRead(b"", broken.missing) from broken
