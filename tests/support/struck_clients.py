"""The clients that send the calls of the law of effects, each as a session of requests does."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import requests
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from pytest_acr.connections.connection import Connection

SECONDS: Final = 10.0
"""How long a client waits that is not to time out."""

AZURE_ERRORS: Final = (AzureError, UnicodeDecodeError)
"""azure-core lets the error of JSON through that is not UTF-8."""


@dataclass
class StruckClient:
    """Sends requests by `send`; their `timeout` is replaced by `read_timeout`.

    The responses of both libraries have `status_code`, `headers` and `content`.
    """

    send: Callable[..., Any]
    errors: tuple[type[Exception], ...]
    """The errors of its library."""
    read_timeout: float = SECONDS

    # Any: the options and responses of each library

    def get(self, url: str, **options: Any) -> Any:
        return self.request("GET", url, **options)

    def head(self, url: str, **options: Any) -> Any:
        return self.request("HEAD", url, **options)

    def post(self, url: str, **options: Any) -> Any:
        return self.request("POST", url, **options)

    def put(self, url: str, **options: Any) -> Any:
        return self.request("PUT", url, **options)

    def patch(self, url: str, **options: Any) -> Any:
        return self.request("PATCH", url, **options)

    def delete(self, url: str, **options: Any) -> Any:
        return self.request("DELETE", url, **options)

    def request(self, method: str, url: str, **options: Any) -> Any:
        return self.send(method, url, **{**options, "timeout": self.read_timeout})


@contextmanager
def requests_client(connection: Connection) -> Iterator[StruckClient]:
    """Return a client over the connection's session."""
    yield StruckClient(partial(_send_by_session, connection.session), (requests.RequestException,))


@contextmanager
def azure_client(connection: Connection) -> Iterator[StruckClient]:
    """Return a client over the pipeline of the Azure SDK's, without retries."""
    sdk: Any = connection.client(retry_total=0)  # Any: the generated client is not public
    sdk._auth_policy.on_challenge = _answer_no_challenge

    def send(method: str, url: str, **options: Any) -> object:
        request = _request_of(method, url, options)
        answer = sdk._client.send_request(request, **_azure_options(request, options))
        if _is_blob(request):
            answer.read()
        return answer

    yield StruckClient(send, AZURE_ERRORS)


@contextmanager
def azure_aio_client(connection: Connection) -> Iterator[StruckClient]:
    """Return a client over the pipeline of the Azure SDK's async one, without retries."""
    with asyncio.Runner() as runner:
        sdk: Any = connection.aio_client(retry_total=0)  # Any: as above
        sdk._auth_policy.on_challenge = _answer_no_challenge_aio

        async def send(method: str, url: str, **options: Any) -> object:
            request = _request_of(method, url, options)
            answer = await sdk._client.send_request(request, **_azure_options(request, options))
            if _is_blob(request):
                await answer.read()
            return answer

        def run(method: str, url: str, **options: Any) -> object:
            return runner.run(send(method, url, **options))

        yield StruckClient(run, AZURE_ERRORS)
        runner.run(sdk.close())


CLIENTS: Final[Mapping[str, Callable[[Connection], AbstractContextManager[StruckClient]]]] = {
    "requests": requests_client,
    "azure": azure_client,
    "azure_aio": azure_aio_client,
}


def _send_by_session(session: requests.Session, method: str, url: str, **options: Any) -> object:
    timeouts = (SECONDS, options["timeout"])
    return session.request(method, url, **{**options, "timeout": timeouts})


def _answer_no_challenge(*_args: object) -> bool:
    """Leave a challenge to the caller: the calls of the law log in by themselves."""
    return False


async def _answer_no_challenge_aio(*args: object) -> bool:
    return _answer_no_challenge(*args)


def _azure_options(request: HttpRequest, options: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "stream": _is_blob(request),
        "read_timeout": options["timeout"],
        "enforce_https": False,  # also for a login, which the SDK sends by another client
    }


def _is_blob(request: HttpRequest) -> bool:
    """Return whether the SDK downloads it as a stream: otherwise it decodes what it reads."""
    return request.method == "GET" and "/blobs/sha256" in request.url


def _request_of(method: str, url: str, options: Mapping[str, Any]) -> HttpRequest:
    data = options.get("data")
    is_form = isinstance(data, Mapping)
    return HttpRequest(
        method,
        url,
        params=options.get("params"),
        headers=options.get("headers"),
        content=None if is_form else data,
        data=data if is_form else None,
    )
