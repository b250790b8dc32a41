"""The driver that blocks: it performs the commands of `flows` and `login` on azure-core's pipeline.

`aio_driver` is its twin that awaits.
"""

import time
from contextlib import closing
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from azure.core import PipelineClient
from azure.core.credentials import TokenCredential
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from fake_registry.client.access import LoginFailed
from fake_registry.client.login import Ask, Attempt, GetToken, Keyring
from fake_registry.wire.messages import CallResponse
from fake_registry.wire.origins import origin_of
from pytest_acr.content.commands import Command, Deliver, Flow, ReadBody, ReadSource, RewindSource, Send, UnusableAnswer
from pytest_acr.content.pipeline import (
    answer_of,
    asked,
    authorized,
    explained,
    http_request,
    login_failed,
    login_request,
    refused,
    scope_of,
    send_options,
    unusable,
)
from pytest_acr.content.sources import Source

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class Run(Generic[T]):
    """A flow on its way: an iterator of the pieces that it delivers, to be closed. Its `result` is there at the end."""

    result: T

    def __init__(
        self,
        flow: Flow[T],
        client: PipelineClient[HttpRequest, HttpResponse],
        endpoint: str,
        source: Source | None = None,
    ) -> None:
        self._flow = flow
        self._client = client
        self._endpoint = endpoint
        self._source = Source(b"") if source is None else source
        self._asked = ""
        self._response: HttpResponse | None = None
        self._body: Iterator[bytes] = iter(())

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> bytes:
        """Perform commands up to the next piece."""
        try:
            command = next(self._flow)
            while not isinstance(command, Deliver):
                try:
                    given = self._perform(command)
                except BaseException as error:  # noqa: BLE001  the flow decides what to undo, and raises it again
                    command = self._flow.throw(explained(error, self._asked))
                else:
                    command = self._flow.send(given)
        except StopIteration as end:
            self.close()
            if not hasattr(self, "result"):  # asked once more, a flow that has ended gives None
                self.result = end.value
            raise StopIteration from None
        except UnusableAnswer as error:
            self.close()
            raise unusable(error) from error
        except BaseException:
            self.close()
            raise
        return command.piece

    def _perform(self, command: Command) -> object:
        match command:
            case Send():
                return self._send(command)
            case ReadBody():
                return next(filter(None, self._body), b"")
            case ReadSource(size):
                return self._source.read(size)
            case RewindSource():
                self._source.rewind()
                return None
            case Deliver():
                raise AssertionError("a piece is for whoever iterates")

    def _send(self, command: Send) -> CallResponse:
        self._asked = asked(command.call)
        request = http_request(command.call, self._endpoint)
        options = send_options(command)
        response = self._client.send_request(request, stream=command.stream, **options)
        if response.status_code not in command.expect:
            with closing(response):
                raise refused(command.call, answer_of(response, body=response.read()), response)
        if not command.stream:
            return answer_of(response, body=response.content)
        self._response, self._body = response, response.iter_raw()
        return answer_of(response)

    def close(self) -> None:
        """Leave the rest, and close the connection that it would come over. Twice does no harm."""
        self._flow.close()
        self._body = iter(())
        if self._response is not None:
            self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_details: object) -> None:
        self.close()


class LoginPolicy(HTTPPolicy[HttpRequest, HttpResponse]):
    """Logs in to the registry, keeps tokens, and logs in once more where one is refused. No other host gets a token."""

    def __init__(self, keyring: Keyring, credential: TokenCredential | None) -> None:
        super().__init__()
        self._keyring = keyring
        self._credential = credential

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, HttpResponse]:
        """Send a request as `Keyring.authorize` says; the last answer is what came of it."""
        scope = scope_of(request)
        if origin_of(request.http_request.url) != self._keyring.policy.registry:
            return self.next.send(request)
        flow = self._keyring.authorize(scope, now=time.time())
        response: PipelineResponse[HttpRequest, HttpResponse] | None = None
        given: object = None
        try:
            while True:
                match flow.send(given):
                    case GetToken(audience) if self._credential is not None:
                        given = self._credential.get_token(f"{audience}/.default").token
                    case Ask() as ask:
                        login = login_request(ask, self._keyring, request.http_request)
                        response = self.next.send(PipelineRequest(login, request.context))
                        given = answer_of(response.http_response, body=response.http_response.read())
                    case Attempt(authorization):
                        with authorized(request, authorization):
                            response = self.next.send(request)
                        if response.http_response.status_code == 401:
                            response.http_response.read()  # its connection serves the next one
                        given = answer_of(response.http_response)
        except StopIteration:
            assert response is not None, "a login ends with an answer"
            return response
        except LoginFailed as error:
            raise login_failed(error) from error
