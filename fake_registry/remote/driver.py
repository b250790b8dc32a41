"""`RequestsDriver`: sends calls to one registry with requests, and performs a login's commands.

Redirects are followed here, not by requests. A request to the registry's own origin is authorized;
one to another origin, which a Location, a Link or a redirect names, carries no credential.

Each answer has a deadline and a largest size; the bounds are in `client.bounds`.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Final, NamedTuple
from urllib.parse import urljoin

import requests
from requests.utils import get_environ_proxies

from fake_registry.client.access import RealmRefused
from fake_registry.client.bounds import (
    MAX_ERROR_BYTES,
    MAX_MANIFEST_BYTES,
    MAX_PAGE_BYTES,
    MAX_TOKEN_BYTES,
    check_encoding,
)
from fake_registry.client.deadline import Deadline, answer_within
from fake_registry.client.login import Ask, Attempt, GetToken, Keyring, LoginFlow
from fake_registry.remote.outgoing import OutgoingBody
from fake_registry.sessions.adapter import DeadlineAdapter
from fake_registry.sessions.bodies import pieces_of, read_document, read_failure, read_start
from fake_registry.spec.endpoints import EndpointName
from fake_registry.spec.errors import Unauthorized
from fake_registry.spec.redaction import redact_text
from fake_registry.wire.answers import refusal_of
from fake_registry.wire.messages import CallRequest, CallResponse
from fake_registry.wire.origins import origin_of

Timeout = float | tuple[float, float] | None

_MAX_REDIRECTS: Final = 5
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_MAX_BYTES: Final = {
    EndpointName.MANIFEST_GET: MAX_MANIFEST_BYTES,
    EndpointName.TAGS_LIST: MAX_PAGE_BYTES,
    EndpointName.CATALOG_LIST: MAX_PAGE_BYTES,
    EndpointName.REFERRERS_LIST: MAX_PAGE_BYTES,
}
"""The largest document in an answer; other endpoints answer without content that is used."""


class OpenAnswer(NamedTuple):
    """An answer with its content unread. The caller closes the response."""

    response: requests.Response
    deadline: Deadline

    def pieces(self, size: int) -> Iterator[bytes]:
        """Yield the content in pieces of at most `size` bytes. DeadlineExceeded."""
        return pieces_of(self.response, size, self.deadline)

    def close(self) -> None:
        """Close the connection, unless the content has been read to its end."""
        self.response.close()


class RequestsDriver:
    """Sends calls to one registry. Safe to use from several threads as far as its session is."""

    def __init__(
        self,
        keyring: Keyring,
        *,
        session: requests.Session | None,
        verify: bool | str,
        timeout: Timeout,
        deadline: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._keyring = keyring
        self._origin = keyring.policy.registry
        self._url = str(self._origin)
        self._owns_session = session is None
        self._session = _new_session(self._url) if session is None else session
        self._verify = verify
        self._timeout = timeout
        self._deadline = deadline
        self._monotonic = monotonic

    def close(self) -> None:
        """Close the session, unless it is the caller's. Closing twice does no harm."""
        if self._owns_session:
            self._session.close()

    def call(self, call: CallRequest, body: OutgoingBody | None = None) -> CallResponse:
        """Send a call and return the whole answer.

        RegistryErrors for a refusal, ValueError for an unusable answer, the exceptions of requests
        for a failed connection; BoundExceeded for an answer that is too large or too late.
        """
        with closing(self.open(call, body)) as answer:
            limit = _MAX_BYTES.get(call.endpoint.name)
            if limit is None:
                return _answer_of(answer.response, read_start(answer.response, answer.deadline))
            return _answer_of(answer.response, _read(call, answer, limit))

    def open(self, call: CallRequest, body: OutgoingBody | None = None) -> OpenAnswer:
        """Send a call and return the answer with its content unread, for the caller to close.

        Errors as in `call`.
        """
        body = OutgoingBody(call.body) if body is None else body
        follows_redirects = call.method in ("GET", "HEAD")
        answer = self._send(call, call.url(self._url), body, preauthorize=True)

        for _ in range(_MAX_REDIRECTS):
            response = answer.response
            if not follows_redirects or response.status_code not in _REDIRECTS:
                return _check_accepted(call, answer)
            target = urljoin(response.url, response.headers.get("Location", ""))
            answer.close()
            # Storage refuses an Authorization next to a signature, at the registry's own host too
            # (acr-behaviour 8.3).
            answer = self._send(call, target, body, preauthorize=False)

        answer.close()
        limit = f"at most {_MAX_REDIRECTS} redirects"
        raise requests.TooManyRedirects(f"{call.endpoint.name}: expected {limit}, found more")

    def _send(
        self,
        call: CallRequest,
        url: str,
        body: OutgoingBody,
        *,
        preauthorize: bool,
    ) -> OpenAnswer:
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
    ) -> OpenAnswer:
        """Return the answer to `call`, or raise the refusal of the token service."""
        result: CallResponse | None = None
        sent, answer = call, None
        while True:
            try:
                command = flow.send(result)
            except StopIteration:
                assert answer is not None, "a login sends at least one request"
                return answer if sent is call else _check_accepted(sent, answer)

            match command:
                case Attempt(authorization):
                    sent, answer = call, self._request(call, url, body, authorization)
                    result = _answer_of(answer.response)
                case Ask(login, authorization):
                    sent, answer = login, self._request_token(login, authorization)
                    result = _answer_of(answer.response, _read(login, answer, MAX_TOKEN_BYTES))
                case GetToken():
                    raise AssertionError("RemoteRegistry has no credential of Entra")

    def _request_token(self, login: CallRequest, authorization: str | None) -> OpenAnswer:
        return self._request(login, login.url(self._url), OutgoingBody(login.body), authorization)

    def _request(self, call: CallRequest, url: str, body: OutgoingBody, authorization: str | None = None) -> OpenAnswer:
        deadline = Deadline(self._deadline, now=self._monotonic)
        try:
            with answer_within(deadline):
                response = self._session.request(
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
                    # A request's own hooks replace those of its session.
                    hooks={"response": [*self._session.hooks["response"], read_failure]},
                )
        except requests.RequestException as error:
            # To requests, an OSError of the caller's iterable looks like one of the socket.
            if body.failure is not None:
                raise body.failure from None
            if deadline.left <= 0:
                raise deadline.error() from error
            _redact(error)
            raise
        return OpenAnswer(response, deadline)


def _redact(error: requests.RequestException) -> None:
    """Remove secrets from a message, which has the URL: that of storage is signed."""
    message = str(error)
    if redact_text(message) != message:
        error.args = (redact_text(message),)


def _new_session(url: str) -> requests.Session:
    session = requests.Session()
    for scheme in ("https://", "http://"):
        session.mount(scheme, DeadlineAdapter())
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


def _check_accepted(call: CallRequest, answer: OpenAnswer) -> OpenAnswer:
    """Return an answer of success; close any other and raise the error that it reports.

    EncodingRefused for a success that is compressed.
    """
    response = answer.response
    try:
        if not 200 <= response.status_code < 300:
            raise refusal_of(call, _answer_of(response, response.content[:MAX_ERROR_BYTES]))
        if call.method in ("GET", "HEAD"):
            check_encoding(call.endpoint.name, response.headers)
    except BaseException:
        answer.close()
        raise
    return answer


def _read(call: CallRequest, answer: OpenAnswer, limit: int) -> bytes:
    """Return the content of an answer; `read_failure` has read that of an error."""
    response = answer.response
    if response.status_code >= 300:
        return response.content
    check_encoding(call.endpoint.name, response.headers)
    return read_document(response, call.endpoint.name, limit, answer.deadline)


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
