"""Calls of the sample client: one request with a token, and one answer that arrived whole."""

from collections.abc import Callable
from typing import Any, Final

import requests

from tests.support.sample_client.attempts import SampleAttempts
from tests.support.sample_client.errors import SampleError, SampleInterruption
from tests.support.sample_client.login import SampleLogin
from tests.support.sample_client.reply import Reply, origin_of

TIMEOUT_SECONDS: Final = 30
PASSING: Final = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that another attempt may not meet."""

REDIRECTS: Final = frozenset({302, 303, 307, 308})


class SampleCalls:
    """Sends the calls of one client to one registry."""

    login_type: type[SampleLogin] = SampleLogin

    def __init__(
        self,
        session: requests.Session,
        endpoint: str,
        *,
        credentials: tuple[str, str],
        attempts: SampleAttempts,
        now: Callable[[], float],
    ) -> None:
        self.session = session
        self.endpoint = endpoint
        self.login = self.login_type(
            self.send,
            attempts,
            endpoint,
            credentials=credentials,
            now=now,
        )

    def url_of(self, path: str) -> str:
        """Return the URL of a path of the registry."""
        return f"{self.endpoint}{path}"

    def call(
        self,
        method: str,
        url: str,
        *,
        scope: str,
        expected: tuple[int, ...] = (200,),
        **options: Any,  # Any: the options of requests
    ) -> Reply:
        """Send a request as the caller; return an answer with an `expected` status.

        SampleInterruption where another attempt may help, SampleError where it would not.
        """
        reply = self.send_as_caller(method, url, scope, **options)
        if reply.status == 401 and self.login.accept_challenge(reply, scope):
            if options.get("data"):
                raise SampleInterruption("the token was refused: ask before the body goes again")
            reply = self.send_as_caller(method, url, scope, **options)

        if reply.status not in expected:
            raise SampleError(f"{method}: expected {expected}, found {reply.status}")
        return reply

    def send_as_caller(
        self,
        method: str,
        url: str,
        scope: str,
        **options: Any,  # Any: as above
    ) -> Reply:
        """Send a request with the token for `scope`, and follow one redirect of a GET."""
        headers = {**options.pop("headers", {}), **self.login.headers_for(url, scope)}
        reply = self.send(method, url, headers=headers, **options)
        if method == "GET" and reply.status in REDIRECTS:
            return self.follow(reply, headers)
        return reply

    def follow(self, redirect: Reply, headers: dict[str, str]) -> Reply:
        """Return the answer of the place that a redirect names."""
        if origin_of(redirect.location) != origin_of(redirect.url):
            headers = {name: value for name, value in headers.items() if name != "Authorization"}
        return self.send("GET", redirect.location, headers=headers)

    def send(self, method: str, url: str, **options: Any) -> Reply:  # Any: as above
        """Send one request. SampleInterruption without an answer, and for one that may pass."""
        try:
            answer = self.session.request(
                method,
                url,
                timeout=TIMEOUT_SECONDS,
                allow_redirects=False,
                stream=True,
                **options,
            )
            content = self.read(answer)
        except requests.RequestException as error:
            raise SampleInterruption(f"{method}: no answer") from error

        if answer.status_code in PASSING:
            raise SampleInterruption(f"{method}: found {answer.status_code}")
        return Reply(answer.url, answer.status_code, answer.headers, content)

    def read(self, answer: requests.Response) -> bytes:
        """Return the body. It raises the errors of requests if the body breaks off."""
        return answer.content
