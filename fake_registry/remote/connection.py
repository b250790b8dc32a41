"""Sending to one registry with requests: bodies both ways, redirects by hand, and who gets an Authorization.

The rule: credentials and tokens go to the registry's own origin and, for a login, to the realm that it names. Wherever
else a Location, a Link or a redirect leads, nothing goes along.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import Final
from urllib.parse import urljoin

import requests
from requests.utils import get_environ_proxies

from fake_registry.client.registry_url import parse_registry_url
from fake_registry.remote.login import Credentials, Login
from fake_registry.wire.answers import Answer, refusal_of
from fake_registry.wire.calls import CallRequest
from fake_registry.wire.origins import same_origin

Timeout = float | tuple[float, float] | None

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Outgoing:
    """A body on its way. `length` is None where only sending it will tell; then it can be sent but once."""

    def __init__(self, content: bytes | Iterable[bytes]) -> None:
        self._pieces: Iterable[bytes] = (content,) if isinstance(content, bytes) else content
        self.length = sum(map(len, self._pieces)) if isinstance(self._pieces, (tuple, list)) else None
        self.sent = 0
        """How many bytes have been handed over."""
        self.failure: Exception | None = None
        """What the caller's own iterable raised."""

    @property
    def repeatable(self) -> bool:
        """Whether it may be sent once more."""
        return self.length is not None

    @property
    def data(self) -> "bytes | Iterable[bytes]":
        """The body as requests takes it: with Content-Length where the length is known, in chunks otherwise."""
        if self.length is None:
            return iter(self)
        return _Sized(self, self.length) if self.length else b""

    def __iter__(self) -> Iterator[bytes]:
        self.sent = 0
        try:
            for piece in self._pieces:
                self.sent += len(piece)
                if piece:  # an empty chunk would end a chunked body
                    yield piece
        except Exception as error:
            self.failure = error
            raise


class _Sized:
    """What requests takes for a body of known length that is not in one piece."""

    def __init__(self, body: Outgoing, length: int) -> None:
        self._body = body
        self._length = length

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return iter(self._body)


class Connection:
    """A registry's origin, and how to send to it. Safe to use from several threads, as far as its session is."""

    def __init__(
        self,
        url: str,
        *,
        session: requests.Session | None,
        credentials: Credentials,
        verify: bool | str,
        timeout: Timeout,
    ) -> None:
        self.url = str(parse_registry_url(url))
        self._owns_session = session is None
        self._session = _own_session(self.url) if session is None else session
        self._verify = verify
        self._timeout = timeout
        self._login = Login(credentials, self._ask)

    def close(self) -> None:
        """Close the session, unless it was the caller's. Twice does no harm."""
        if self._owns_session:
            self._session.close()

    def call(self, call: CallRequest, body: Outgoing | None = None) -> Answer:
        """Send, and return the whole answer. RegistryErrors as the registry words them; requests' own exceptions."""
        with closing(self.open(call, body)) as response:
            return _answer(response, response.content)

    def open(self, call: CallRequest, body: Outgoing | None = None) -> requests.Response:
        """Send, and return the answer with its content unread: whoever gets it closes it. As `call`."""
        body = Outgoing(call.body) if body is None else body
        response = self._send(call, call.url(self.url), body, logged_in=True)
        for _ in range(_MAX_REDIRECTS):
            if call.method not in ("GET", "HEAD") or response.status_code not in _REDIRECTS:
                return _accepted(call, response)
            target = urljoin(response.url, response.headers.get("Location", ""))
            response.close()
            # Storage refuses an Authorization next to a signature, at the registry's own host too (acr-behaviour 8.3).
            response = self._send(call, target, body, logged_in=False)
        response.close()
        raise requests.TooManyRedirects(f"expected {call.endpoint} to end after {_MAX_REDIRECTS} redirects")

    def _send(self, call: CallRequest, url: str, body: Outgoing, *, logged_in: bool) -> requests.Response:
        """Send once, or, where the registry itself asks who is there, once more."""
        at_home = same_origin(url, self.url)
        authorization = self._login.authorization(call, lasting=not body.repeatable) if at_home and logged_in else None
        response = self._request(call, url, body, authorization)
        if response.status_code == 401 and at_home and body.repeatable:
            challenges = response.headers.get("WWW-Authenticate", "")
            with closing(response):
                content = response.content
            authorization = self._login.answer(call, challenges, registry=self.url)
            if authorization is None:
                raise refusal_of(call, _answer(response, content))
            return self._request(call, url, body, authorization)
        return response

    def _ask(self, call: CallRequest, authorization: str | None) -> Answer:
        """Send a token request: to the realm, and nowhere else."""
        response = self._request(call, call.url(self.url), Outgoing(call.body), authorization)
        with closing(_accepted(call, response)):
            return _answer(response, response.content)

    def _request(self, call: CallRequest, url: str, body: Outgoing, authorization: str | None) -> requests.Response:
        try:
            return self._session.request(
                call.method,
                url,
                data=body.data,
                # Bytes as they are, or their length and digest mean nothing; Authorization is `_authorize`'s alone.
                headers={**call.headers, "Accept-Encoding": "identity", "Authorization": None},
                auth=_authorize(authorization),
                allow_redirects=False,
                stream=True,
                timeout=self._timeout,
                # Said of the session only, an environment with REQUESTS_CA_BUNDLE would overrule it.
                verify=self._verify,
            )
        except requests.RequestException:
            if body.failure is not None:
                raise body.failure from None  # an OSError of the caller's looks to requests like one of the socket
            raise


def _own_session(url: str) -> requests.Session:
    session = requests.Session()
    # Of the environment only the proxies: its CA bundle would overrule `verify`, a .netrc put credentials in.
    session.trust_env = False
    session.proxies.update(get_environ_proxies(url))
    return session


def _authorize(authorization: str | None) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """What requests asks for authentication: it keeps out whatever else a session would send along."""

    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        if authorization is not None:
            request.headers["Authorization"] = authorization
        return request

    return authorize


def _accepted(call: CallRequest, response: requests.Response) -> requests.Response:
    """Return a response that says yes; raise what any other says, and close it."""
    if 200 <= response.status_code < 300:
        return response
    with closing(response):
        raise refusal_of(call, _answer(response, response.content))


def _answer(response: requests.Response, body: bytes) -> Answer:
    return Answer(status=response.status_code, url=response.url, headers=response.headers, body=body)


def head_of(response: requests.Response) -> Answer:
    """Return what a response says before its content."""
    return _answer(response, b"")
