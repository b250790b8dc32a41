"""`RequestsDriver`: sends calls to one registry with requests, and performs a login's commands.

Redirects are followed here, not by requests. A request to the registry's own origin is authorized;
one to another origin, which a Location, a Link or a redirect names, carries no credential.
"""

import time
from collections.abc import Callable
from contextlib import closing
from typing import Final
from urllib.parse import urljoin

import requests
from requests.utils import get_environ_proxies

from fake_registry.client.access import RealmRefused
from fake_registry.client.login import Ask, Attempt, GetToken, Keyring, LoginFlow
from fake_registry.remote.outgoing import OutgoingBody
from fake_registry.spec.errors import Unauthorized
from fake_registry.wire.answers import refusal_of
from fake_registry.wire.messages import CallRequest, CallResponse
from fake_registry.wire.origins import origin_of

Timeout = float | tuple[float, float] | None

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class RequestsDriver:
    """Sends calls to one registry. Safe to use from several threads as far as its session is."""

    def __init__(
        self,
        keyring: Keyring,
        *,
        session: requests.Session | None,
        verify: bool | str,
        timeout: Timeout,
    ) -> None:
        self._keyring = keyring
        self._origin = keyring.policy.registry
        self._url = str(self._origin)
        self._owns_session = session is None
        self._session = _new_session(self._url) if session is None else session
        self._verify = verify
        self._timeout = timeout

    def close(self) -> None:
        """Close the session, unless it is the caller's. Closing twice does no harm."""
        if self._owns_session:
            self._session.close()

    def call(self, call: CallRequest, body: OutgoingBody | None = None) -> CallResponse:
        """Send a call and return the whole answer.

        RegistryErrors for a refusal, ValueError for an unusable answer, the exceptions of requests
        for a failed connection.
        """
        with closing(self.open(call, body)) as response:
            return _answer_of(response, response.content)

    def open(self, call: CallRequest, body: OutgoingBody | None = None) -> requests.Response:
        """Send a call and return the answer with its content unread, for the caller to close.

        Errors as in `call`.
        """
        body = OutgoingBody(call.body) if body is None else body
        follows_redirects = call.method in ("GET", "HEAD")
        response = self._send(call, call.url(self._url), body, preauthorize=True)

        for _ in range(_MAX_REDIRECTS):
            if not follows_redirects or response.status_code not in _REDIRECTS:
                return _check_accepted(call, response)
            target = urljoin(response.url, response.headers.get("Location", ""))
            response.close()
            # Storage refuses an Authorization next to a signature, at the registry's own host too
            # (acr-behaviour 8.3).
            response = self._send(call, target, body, preauthorize=False)

        response.close()
        limit = f"at most {_MAX_REDIRECTS} redirects"
        raise requests.TooManyRedirects(f"{call.endpoint.name}: expected {limit}, found more")

    def _send(
        self,
        call: CallRequest,
        url: str,
        body: OutgoingBody,
        *,
        preauthorize: bool,
    ) -> requests.Response:
        """Send to `url`, with a login if that is at the registry's own origin."""
        if origin_of(url) != self._origin:
            return self._request(call, url, body)

        flow = self._keyring.authorize(
            call.scope,
            now=time.time(),
            replayable=body.replayable,
            preauthorize=preauthorize,
        )
        try:
            return self._perform(flow, call, url, body)
        except RealmRefused as refused:
            error = Unauthorized(str(refused))
            error.facts.update(call.names)
            raise error from refused

    def _perform(
        self,
        flow: LoginFlow[None],
        call: CallRequest,
        url: str,
        body: OutgoingBody,
    ) -> requests.Response:
        """Return the answer to `call`, or raise the refusal of the token service."""
        answer: CallResponse | None = None
        sent, response = call, None
        while True:
            try:
                command = flow.send(answer)
            except StopIteration:
                assert response is not None, "a login sends at least one request"
                return response if sent is call else _check_accepted(sent, response)

            match command:
                case Attempt(authorization):
                    sent, response = call, self._request(call, url, body, authorization)
                    answer = _answer_of(response, _read_if_refused(response))
                case Ask(login, authorization):
                    sent, response = login, self._request_token(login, authorization)
                    answer = _answer_of(response, response.content)
                case GetToken():
                    raise AssertionError("RemoteRegistry has no credential of Entra")

    def _request_token(self, login: CallRequest, authorization: str | None) -> requests.Response:
        return self._request(login, login.url(self._url), OutgoingBody(login.body), authorization)

    def _request(
        self, call: CallRequest, url: str, body: OutgoingBody, authorization: str | None = None
    ) -> requests.Response:
        try:
            return self._session.request(
                call.method,
                url,
                data=body.data,
                # Compressed bytes have another length and digest. `_authorize` alone sets an
                # Authorization.
                headers={**call.headers, "Accept-Encoding": "identity", "Authorization": None},
                auth=_authorize(authorization),
                allow_redirects=False,
                stream=True,
                timeout=self._timeout,
                # Set on the session only, it would be overruled by REQUESTS_CA_BUNDLE.
                verify=self._verify,
            )
        except requests.RequestException:
            # To requests, an OSError of the caller's iterable looks like one of the socket.
            if body.failure is not None:
                raise body.failure from None
            raise


def _new_session(url: str) -> requests.Session:
    session = requests.Session()
    # The proxies alone are taken from the environment: its CA bundle would overrule `verify`, and
    # a .netrc would add credentials.
    session.trust_env = False
    session.proxies.update(get_environ_proxies(url))
    return session


def _authorize(
    authorization: str | None,
) -> Callable[[requests.PreparedRequest], requests.PreparedRequest]:
    """Return the `auth` of a request. It keeps out any Authorization that the session would add."""

    def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
        if authorization is not None:
            request.headers["Authorization"] = authorization
        return request

    return authorize


def _read_if_refused(response: requests.Response) -> bytes:
    """Read the content of a 401, so that its connection can serve the next request."""
    return response.content if response.status_code == 401 else b""


def _check_accepted(call: CallRequest, response: requests.Response) -> requests.Response:
    """Return a response of success; close any other and raise the error that it reports."""
    if 200 <= response.status_code < 300:
        return response

    with closing(response):
        raise refusal_of(call, _answer_of(response, response.content))


def _answer_of(response: requests.Response, body: bytes = b"") -> CallResponse:
    return CallResponse(
        status=response.status_code,
        url=response.url,
        headers=response.headers,
        body=body,
    )


def head_of(response: requests.Response) -> CallResponse:
    """Return the answer without its content."""
    return _answer_of(response)
