"""A client that logs in with a name and a password: the part that OrasProject.Oras 0.8.0 and the container library of
the .NET SDK 10.0.401 have in common. Both were watched at this fake on 26 November 2026."""

import base64
import json
from typing import Final
from urllib.parse import quote, urlencode

from tests.clients.programs.dotnet.control import REGISTRY, control
from tests.clients.programs.dotnet.login import DotnetChallenge
from tests.clients.programs.dotnet.pipeline import (
    DotnetAnswer,
    DotnetRequest,
    DotnetTransport,
    RequestFailedError,
    expect_status,
    follow_redirects,
)

ORAS: Final = "oras-dotnet/0.8.0"
PUBLISH: Final = ".NET Container Library v10.0.401"
TOKEN: Final = {
    "name": "dotnet",
    "password": "dotnet-s3cret",
    "scope_map": {"*": ["content/read", "content/write", "content/delete"]},
}


class BasicClient:
    """Logs in with a repository-scoped token. A call is sent with the access token of the last login; a 401 leads to
    `GET /oauth2/token` with Basic, and to a second try.

    `widening`: a login has all scopes that were needed so far, each as a parameter of its own, as Oras does it.
    """

    def __init__(self, user_agent: str, password: str = "", *, widening: bool) -> None:
        [created] = control("POST", f"{REGISTRY}/_fake/tokens", TOKEN)["passwords"]
        self._basic = "Basic " + base64.b64encode(f"{TOKEN['name']}:{password or created}".encode()).decode()
        self._user_agent = user_agent
        self._widening = widening
        self._needed: dict[str, set[str]] = {}
        self._transport = DotnetTransport()
        self._token = ""

    def call(self, method: str, path: str, *, body: bytes | None = None, **headers: str) -> DotnetAnswer:
        """Send a request to a path of the registry; its answer may have any status but 401."""
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        request = DotnetRequest(method, REGISTRY + path, {**named, "User-Agent": self._user_agent}, body)
        return follow_redirects(self._authorize, request)

    def _authorize(self, request: DotnetRequest) -> DotnetAnswer:
        if not request.url.startswith(REGISTRY):
            return self._transport.send(request)

        answer = self._transport.send(self._with_token(request))
        if answer.status != 401:
            return answer
        self._log_in(DotnetChallenge.of(answer))
        answer = self._transport.send(self._with_token(request))
        if answer.status == 401:
            raise RequestFailedError(answer, answer.error_code)
        return answer

    def _with_token(self, request: DotnetRequest) -> DotnetRequest:
        return request.with_headers(Authorization=f"Bearer {self._token}") if self._token else request

    def _log_in(self, challenge: DotnetChallenge) -> None:
        query = [("service", challenge.service), *(("scope", scope) for scope in self._scopes_of(challenge))]
        url = f"{REGISTRY}/oauth2/token?{urlencode(query)}"
        answer = self._transport.send(
            DotnetRequest("GET", url, {"Authorization": self._basic, "User-Agent": self._user_agent})
        )
        self._token = json.loads(expect_status(answer, 200).body)["access_token"]

    def _scopes_of(self, challenge: DotnetChallenge) -> list[str]:
        if not self._widening:
            return challenge.scope.split(" ")
        for scope in challenge.scope.split(" "):
            resource, _, actions = scope.rpartition(":")
            self._needed.setdefault(resource, set()).update(actions.split(","))
        return [f"{resource}:{','.join(sorted(actions))}" for resource, actions in sorted(self._needed.items())]


def lower_escaped(text: str) -> str:
    """Escape a value in lower case, `sha256%3a` and `oras%2fnet`."""
    return quote(text, safe="").replace("%3A", "%3a").replace("%2F", "%2f")
