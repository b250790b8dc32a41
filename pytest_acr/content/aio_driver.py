"""The driver that awaits: it performs the commands of flows and of the login on azure-core's pipeline.

Its twin that blocks is `driver`.
"""

import io
import time
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from azure.core import AsyncPipelineClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from fake_registry.client.access import LoginFailed
from fake_registry.client.bounds import MAX_TOKEN_BYTES, BoundExceeded, check_encoding
from fake_registry.client.deadline import Deadline
from fake_registry.client.login import Ask, Attempt, GetToken, Keyring
from fake_registry.wire.messages import CallResponse
from fake_registry.wire.origins import origin_of
from pytest_acr.content.aio_answer_policy import next_piece, read_answer
from pytest_acr.content.answer_policy import content_of
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
from pytest_acr.content.sources import AioSource
from pytest_acr.content.waiting import deadline_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

T = TypeVar("T")


class AioFlowRunner(Generic[T]):
    """Runs a flow. Iterate to receive the pieces that it delivers; afterwards `result` is set.

    Close it when done.
    """

    result: T

    def __init__(
        self,
        flow: Flow[T],
        client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse],
        endpoint: str,
        deadline: float,
        large_body: type[io.BytesIO] | None,
        source: AioSource | None = None,
    ) -> None:
        self._flow = flow
        self._client = client
        self._endpoint = endpoint
        self._deadline = Deadline(deadline)
        self._large_body = large_body
        self._source = AioSource(b"") if source is None else source
        self._description = ""
        self._response: AsyncHttpResponse | None = None
        self._body: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        """Perform commands up to the next piece."""
        try:
            command = next(self._flow)
            while not isinstance(command, Deliver):
                try:
                    result = await self._perform(command)
                except BaseException as error:  # noqa: BLE001  the flow undoes its work, raises it again
                    command = self._flow.throw(add_call(error, self._description))
                else:
                    command = self._flow.send(result)
        except StopIteration as end:
            await self.close()
            if not hasattr(self, "result"):  # a flow that has ended returns None when asked again
                self.result = end.value
            raise StopAsyncIteration from None
        except UnusableAnswer as error:
            await self.close()
            raise response_error_of(error) from error
        except BoundExceeded as error:
            await self.close()
            raise bound_error_of(error, self._description) from error
        except BaseException:
            await self.close()
            raise
        return command.piece

    async def _perform(self, command: Command) -> object:
        match command:
            case Send():
                return await self._send(command)
            case ReadBody():
                return await next_piece(self._body, self._deadline) if self._body else b""
            case ReadSource(size):
                return await self._source.read(size)
            case RewindSource():
                self._source.rewind()
                return None
            case Deliver():
                raise AssertionError("a piece is delivered to the caller")

    async def _send(self, command: Send) -> CallResponse:
        self._description = describe_call(command.call)
        request = http_request(command.call, self._endpoint, large_body=self._large_body)
        options = send_options(command, self._deadline)
        response = await self._client.send_request(request, stream=command.stream, **options)

        if response.status_code not in command.expect:
            async with response:
                answer = answer_of(response, body=content_of(response) or b"")
                raise http_error_of(command.call, answer, response)
        if not command.stream:
            return answer_of(response, body=response.content)

        self._response, self._body = response, response.iter_raw()
        check_encoding(self._description, response.headers)
        return answer_of(response)

    async def close(self) -> None:
        """Stop the flow and close the connection of an unread body. Closing twice does no harm."""
        self._flow.close()
        body, self._body = self._body, None
        if isinstance(body, AsyncGenerator):
            await body.aclose()  # trio warns of a generator that is left
        if self._response is not None:
            await self._response.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()


class AioLoginPolicy(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Authorizes requests to the registry, and repeats a refused one with a new token.

    A request to another origin is sent unchanged.
    """

    def __init__(self, keyring: Keyring, credential: AsyncTokenCredential | None) -> None:
        super().__init__()
        self._keyring = keyring
        self._credential = credential

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        """Send a request with `Keyring.authorize`; return the last response."""
        scope = scope_of(request)
        if origin_of(request.http_request.url) != self._keyring.policy.registry:
            return await self.next.send(request)

        try:
            return await self._send_authorized(request, scope)
        except LoginFailed as error:
            raise login_error_of(error) from error

    async def _send_authorized(
        self, request: PipelineRequest[HttpRequest], scope: str
    ) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        flow = self._keyring.authorize(scope, now=time.time())
        response: PipelineResponse[HttpRequest, AsyncHttpResponse] | None = None
        result: object = None
        while True:
            try:
                command = flow.send(result)
            except StopIteration:
                assert response is not None, "a login sends at least one request"
                return response

            match command:
                case GetToken(audience):
                    result = await self._get_token(audience)
                case Ask():
                    response = await self._request_token(request, command)
                    found, deadline = response.http_response, deadline_of(request)
                    body = await read_answer(found, "token of the login", MAX_TOKEN_BYTES, deadline)
                    result = answer_of(found, body=body)
                case Attempt(authorization):
                    response = await self._attempt(request, authorization)
                    result = answer_of(response.http_response)

    async def _get_token(self, audience: str) -> str:
        assert self._credential is not None, "the keyring has an audience"
        return (await self._credential.get_token(f"{audience}/.default")).token

    async def _request_token(
        self, request: PipelineRequest[HttpRequest], ask: Ask
    ) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        login = login_request(ask, self._keyring, request.http_request)
        with stream_answers(request):
            return await self.next.send(PipelineRequest(login, request.context))

    async def _attempt(
        self, request: PipelineRequest[HttpRequest], authorization: str | None
    ) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        with attach_authorization(request, authorization):
            return await self.next.send(request)
