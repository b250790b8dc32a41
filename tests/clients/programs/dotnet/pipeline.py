"""The HTTP pipeline of Azure.Core for .NET, over `http.client` alone: headers, retries, redirects and errors.

Sources: Azure/azure-sdk-for-net, sdk/core/Azure.Core/src/Pipeline/RedirectPolicy.cs @011de68c; the session records of
Azure.Containers.ContainerRegistry in Azure/azure-sdk-assets (CanPullArtifact.json @0e38bbd7, April 2024) and in
azure-sdk-for-net (CanCatchDownloadFailure.json @8dc2aaa9, CanGetManifestListProperties.json @1534d846).
"""

import http.client
import json
import os
import ssl
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from threading import Event
from typing import Final
from urllib.parse import urljoin, urlsplit

USER_AGENT: Final = "azsdk-net-Containers.ContainerRegistry/1.4.0 (.NET 10.0.12; Debian GNU/Linux 12 (bookworm))"
RETRIED: Final = frozenset({408, 429, 500, 502, 503, 504})
RETRIES: Final = 3
SECONDS_BEFORE_RETRY: Final = 0.8
REDIRECTS: Final = frozenset({300, 301, 302, 303, 307, 308})
TIMEOUT: Final = 60
BYTES: Final = "application/octet-stream"


@dataclass(frozen=True)
class DotnetRequest:
    """A request with the headers that stay the same when it is sent again."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None

    def with_headers(self, **headers: str) -> "DotnetRequest":
        return replace(self, headers={**self.headers, **headers})


@dataclass(frozen=True)
class DotnetAnswer:
    request: DotnetRequest
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def header(self, name: str) -> str:
        """Return a header that the client cannot do without."""
        value = self.headers[name]
        assert value is not None, f"{self.summary} has no {name}: {self.headers.keys()}"
        return str(value)

    @property
    def summary(self) -> str:
        return f"{self.request.method} {self.request.url}: {self.status}"

    @property
    def content_length(self) -> int:
        """`CheckContentLength`: the client refuses an answer without a length, and one of 0 bytes."""
        text = self.headers["Content-Length"]
        if text is None or int(text) <= 0:
            raise RequestFailedError(self, None, "Missing or invalid 'Content-Length' header in the response.")
        return int(text)

    @property
    def error_code(self) -> str | None:
        """`ContainerRegistryRequestFailedDetailsParser`: the first code of a body that is a JSON object."""
        if not self.body.startswith(b"{"):
            return None
        errors = json.loads(self.body).get("errors") or [{}]
        code = errors[0].get("code")
        return None if code is None else str(code)


class RequestFailedError(Exception):
    """.NET's RequestFailedException: an answer that the client does not take, with the code that it has read of it."""

    def __init__(self, answer: DotnetAnswer, error_code: str | None, message: str = "") -> None:
        super().__init__(message or f"{answer.summary} {answer.body[:500]!r}")
        self.answer = answer
        self.status = answer.status
        self.error_code = error_code


class BrokenDownloadError(Exception):
    """The content of a blob has ended early. The client reads it outside of the pipeline, so that nothing is retried:
    `GetBlob` and `GetChunk` have BufferResponse = false."""


SendOnce = Callable[[DotnetRequest], DotnetAnswer]


class DotnetTransport:
    """Keeps one connection to each host, as SocketsHttpHandler does for one request at a time."""

    def __init__(self) -> None:
        self._tls = ssl.create_default_context(cafile=os.environ["CA_FILE"])
        self._connections: dict[str, http.client.HTTPSConnection] = {}

    def send(self, request: DotnetRequest) -> DotnetAnswer:
        parts = urlsplit(request.url)
        assert parts.scheme == "https", request.url
        connection = self._connections.setdefault(
            parts.netloc,
            http.client.HTTPSConnection(parts.netloc, timeout=TIMEOUT, context=self._tls),
        )
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        try:
            connection.request(request.method, target, request.body, dict(request.headers))
            answer = connection.getresponse()
            return DotnetAnswer(request, answer.status, answer.headers, answer.read())
        except http.client.IncompleteRead as error:
            self._connections.pop(parts.netloc).close()
            if request.headers.get("Accept") == BYTES:
                raise BrokenDownloadError(str(error)) from error
            raise
        except (OSError, http.client.HTTPException):
            self._connections.pop(parts.netloc).close()
            raise


def without_token(request: DotnetRequest) -> DotnetRequest:
    return replace(request, headers={name: text for name, text in request.headers.items() if name != "Authorization"})


def identified(request: DotnetRequest) -> DotnetRequest:
    """Add the id of a request. Its second attempt after a 401, and the one at the storage host, have the same."""
    return request.with_headers(
        **{
            "User-Agent": USER_AGENT,
            "x-ms-client-request-id": str(uuid.uuid4()),
            "x-ms-return-client-request-id": "true",
        }
    )


def send_with_retries(send: SendOnce, request: DotnetRequest) -> DotnetAnswer:
    """Send a request until it is answered by a status that is not transient, at most four times."""
    for attempt in range(RETRIES):
        try:
            answer = send(request)
        except (OSError, http.client.HTTPException) as error:
            print(f"{request.method} {request.url}: {error!r}, sent again")
            Event().wait(SECONDS_BEFORE_RETRY * 2**attempt)
            continue
        if answer.status not in RETRIED:
            return answer
        Event().wait(float(answer.headers["Retry-After"] or SECONDS_BEFORE_RETRY * 2**attempt))
        # The policy of the challenge has put the token into the request, and there it stays.
        request = replace(request, headers=answer.request.headers)
    return send(request)


def follow_redirects(send: SendOnce, request: DotnetRequest) -> DotnetAnswer:
    """Go where a redirect leads to, without the token. A downgrade to plain HTTP is not followed."""
    answer = send(request)
    while answer.status in REDIRECTS and (location := urljoin(request.url, answer.header("Location"))):
        if not location.startswith("https:"):
            return answer
        request = replace(without_token(answer.request), url=location)
        answer = send(request)
    return answer


def expect_status(answer: DotnetAnswer, *statuses: int) -> DotnetAnswer:
    if answer.status not in statuses:
        raise RequestFailedError(answer, answer.error_code)
    return answer


def pages_of(get: Callable[[str], DotnetAnswer], endpoint: str, first: str) -> Iterator[DotnetAnswer]:
    """Yield the answers of a list. The target of each Link is followed as it stands: `ParseUriReferenceFromLinkHeader`
    takes the text from the second character up to the first `>`."""
    url: str | None = first
    while url is not None:
        answer = expect_status(get(url), 200)
        yield answer
        link = answer.headers["Link"]
        url = None if link is None else endpoint + link[1 : link.index(">")]
