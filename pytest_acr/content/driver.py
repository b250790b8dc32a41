"""The driver that blocks: it performs the commands of flows and of the login on azure-core's pipeline.

Its twin that awaits is `aio_driver`.
"""

import time
from contextlib import closing
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from azure.core import PipelineClient
from azure.core.credentials import TokenCredential
from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import HTTPPolicy
from azure.core.rest import HttpRequest, HttpResponse

from fake_registry.client.access import LoginFailed
from fake_registry.client.bounds import MAX_TOKEN_BYTES, BoundExceeded, check_encoding
from fake_registry.client.deadline import Deadline
from fake_registry.client.login import Ask, Attempt, GetToken, Keyring
from fake_registry.wire.messages import CallResponse
from fake_registry.wire.origins import origin_of
from pytest_acr.content.answer_policy import content_of, read_answer
from pytest_acr.content.commands import (
    Command,
    Deliver,
    Flow,
    ReadBody,
    ReadSource,
    RewindSource,
    Send,
    UnusableAnswer,
)
from pytest_acr.content.errors import (
    add_call,
    bound_error_of,
    describe_call,
    http_error_of,
    login_error_of,
    response_error_of,
)
from pytest_acr.content.pipeline import (
    answer_of,
    attach_authorization,
    http_request,
    login_request,
    scope_of,
    send_options,
    stream_answers,
)
from pytest_acr.content.sources import Source
from pytest_acr.content.waiting import deadline_of

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


class FlowRunner(Generic[T]):
    """Runs a flow. Iterate to receive the pieces that it delivers; afterwards `result` is set.

    Close it when done.
    """

    result: T

    def __init__(
        self,
        flow: Flow[T],
        client: PipelineClient[HttpRequest, HttpResponse],
        endpoint: str,
        deadline: float,
        source: Source | None = None,
    ) -> None:
        self._flow = flow
        self._client = client
        self._endpoint = endpoint
        self._deadline = Deadline(deadline)
        self._source = Source(b"") if source is None else source
        self._description = ""
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
                    result = self._perform(command)
                except BaseException as error:  # noqa: BLE001  the flow undoes its work, raises it again
                    command = self._flow.throw(add_call(error, self._description))
                else:
                    command = self._flow.send(result)
        except StopIteration as end:
            self.close()
            if not hasattr(self, "result"):  # a flow that has ended returns None when asked again
                self.result = end.value
            raise StopIteration from None
        except UnusableAnswer as error:
            self.close()
            raise response_error_of(error) from error
        except BoundExceeded as error:
            self.close()
            raise bound_error_of(error, self._description) from error
        except BaseException:
            self.close()
            raise
        return command.piece

    def _perform(self, command: Command) -> object:
        match command:
            case Send():
                return self._send(command)
            case ReadBody():
                return self._next_piece()
            case ReadSource(size):
                return self._source.read(size)
            case RewindSource():
                self._source.rewind()
                return None
            case Deliver():
                raise AssertionError("a piece is delivered to the caller")

    def _next_piece(self) -> bytes:
        try:
            return self._deadline.next_of(self._body)
        except AzureError as error:
            if self._deadline.left <= 0:
                raise self._deadline.error() from error
            raise

    def _send(self, command: Send) -> CallResponse:
        self._description = describe_call(command.call)
        request = http_request(command.call, self._endpoint)
        options = send_options(command, self._deadline)
        response = self._client.send_request(request, stream=command.stream, **options)

        if response.status_code not in command.expect:
            with closing(response):
                answer = answer_of(response, body=content_of(response) or b"")
                raise http_error_of(command.call, answer, response)
        if not command.stream:
            return answer_of(response, body=response.content)

        self._response, self._body = response, filter(None, response.iter_raw())
        check_encoding(self._description, response.headers)
        return answer_of(response)

    def close(self) -> None:
        """Stop the flow and close the connection of an unread body. Closing twice does no harm."""
        self._flow.close()
        self._body = iter(())
        if self._response is not None:
            self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_details: object) -> None:
        self.close()


class LoginPolicy(HTTPPolicy[HttpRequest, HttpResponse]):
    """Authorizes requests to the registry, and repeats a refused one with a new token.

    A request to another origin is sent unchanged.
    """

    def __init__(self, keyring: Keyring, credential: TokenCredential | None) -> None:
        super().__init__()
        self._keyring = keyring
        self._credential = credential

    def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, HttpResponse]:
        """Send a request with `Keyring.authorize`; return the last response."""
        scope = scope_of(request)
        if origin_of(request.http_request.url) != self._keyring.policy.registry:
            return self.next.send(request)

        try:
            return self._send_authorized(request, scope)
        except LoginFailed as error:
            raise login_error_of(error) from error

    def _send_authorized(
        self, request: PipelineRequest[HttpRequest], scope: str
    ) -> PipelineResponse[HttpRequest, HttpResponse]:
        flow = self._keyring.authorize(scope, now=time.time())
        response: PipelineResponse[HttpRequest, HttpResponse] | None = None
        result: object = None
        while True:
            try:
                command = flow.send(result)
            except StopIteration:
                assert response is not None, "a login sends at least one request"
                return response

            match command:
                case GetToken(audience):
                    result = self._get_token(audience)
                case Ask():
                    response = self._request_token(request, command)
                    deadline = deadline_of(request)
                    body = read_answer(response.http_response, "token of the login", MAX_TOKEN_BYTES, deadline)
                    result = answer_of(response.http_response, body=body)
                case Attempt(authorization):
                    response = self._attempt(request, authorization)
                    result = answer_of(response.http_response)

    def _get_token(self, audience: str) -> str:
        assert self._credential is not None, "the keyring has an audience"
        return self._credential.get_token(f"{audience}/.default").token

    def _request_token(
        self, request: PipelineRequest[HttpRequest], ask: Ask
    ) -> PipelineResponse[HttpRequest, HttpResponse]:
        login = login_request(ask, self._keyring, request.http_request)
        with stream_answers(request):
            return self.next.send(PipelineRequest(login, request.context))

    def _attempt(
        self, request: PipelineRequest[HttpRequest], authorization: str | None
    ) -> PipelineResponse[HttpRequest, HttpResponse]:
        with attach_authorization(request, authorization):
            return self.next.send(request)
