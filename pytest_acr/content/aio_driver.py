"""The driver that awaits: it performs the commands of `flows` and `login` on azure-core's async pipeline.

`driver` is its twin that blocks.
"""

import io
import time
from typing import TYPE_CHECKING, Generic, Self, TypeVar

from azure.core import AsyncPipelineClient
from azure.core.credentials_async import AsyncTokenCredential
from azure.core.exceptions import ResponseNotReadError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

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
from pytest_acr.content.sources import AioSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

T = TypeVar("T")


class AioRun(Generic[T]):
    """A flow on its way: an async iterator of the pieces that it delivers, to be closed; then there is its `result`."""

    result: T

    def __init__(
        self,
        flow: Flow[T],
        client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse],
        endpoint: str,
        large_body: type[io.BytesIO] | None,
        source: AioSource | None = None,
    ) -> None:
        self._flow = flow
        self._client = client
        self._endpoint = endpoint
        self._large_body = large_body
        self._source = AioSource(b"") if source is None else source
        self._asked = ""
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
                    given = await self._perform(command)
                except BaseException as error:  # noqa: BLE001  the flow decides what to undo, and raises it again
                    command = self._flow.throw(explained(error, self._asked))
                else:
                    command = self._flow.send(given)
        except StopIteration as end:
            await self.close()
            if not hasattr(self, "result"):  # asked once more, a flow that has ended gives None
                self.result = end.value
            raise StopAsyncIteration from None
        except UnusableAnswer as error:
            await self.close()
            raise unusable(error) from error
        except BaseException:
            await self.close()
            raise
        return command.piece

    async def _perform(self, command: Command) -> object:
        match command:
            case Send():
                return await self._send(command)
            case ReadBody():
                return await self._next_piece()
            case ReadSource(size):
                return await self._source.read(size)
            case RewindSource():
                self._source.rewind()
                return None
            case Deliver():
                raise AssertionError("a piece is for whoever iterates")

    async def _next_piece(self) -> bytes:
        if self._body is not None:
            async for piece in self._body:
                if piece:
                    return piece
        return b""

    async def _send(self, command: Send) -> CallResponse:
        self._asked = asked(command.call)
        request = http_request(command.call, self._endpoint, large_body=self._large_body)
        options = send_options(command)
        response = await self._client.send_request(request, stream=command.stream, **options)
        if response.status_code not in command.expect:
            async with response:
                raise refused(command.call, answer_of(response, body=await _content_of(response)), response)
        if not command.stream:
            return answer_of(response, body=response.content)
        self._response, self._body = response, response.iter_raw()
        return answer_of(response)

    async def close(self) -> None:
        """Leave the rest, and close the connection that it would come over. Twice does no harm."""
        self._flow.close()
        self._body = None
        if self._response is not None:
            await self._response.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_details: object) -> None:
        await self.close()


class AioLoginPolicy(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Logs in to the registry, keeps tokens, and logs in once more where one is refused. No other host gets a token."""

    def __init__(self, keyring: Keyring, credential: AsyncTokenCredential | None) -> None:
        super().__init__()
        self._keyring = keyring
        self._credential = credential

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        """Send a request as `Keyring.authorize` says; the last answer is what came of it."""
        scope = scope_of(request)
        if origin_of(request.http_request.url) != self._keyring.policy.registry:
            return await self.next.send(request)
        flow = self._keyring.authorize(scope, now=time.time())
        response: PipelineResponse[HttpRequest, AsyncHttpResponse] | None = None
        given: object = None
        try:
            while True:
                match flow.send(given):
                    case GetToken(audience) if self._credential is not None:
                        given = (await self._credential.get_token(f"{audience}/.default")).token
                    case Ask() as ask:
                        login = login_request(ask, self._keyring, request.http_request)
                        response = await self.next.send(PipelineRequest(login, request.context))
                        given = answer_of(response.http_response, body=await _content_of(response.http_response))
                    case Attempt(authorization):
                        with authorized(request, authorization):
                            response = await self.next.send(request)
                        if response.http_response.status_code == 401:
                            await _content_of(response.http_response)  # its connection serves the next one
                        given = answer_of(response.http_response)
        except StopIteration:
            assert response is not None, "a login ends with an answer"
            return response
        except LoginFailed as error:
            raise login_failed(error) from error


async def _content_of(response: AsyncHttpResponse) -> bytes:
    """Return a response's body. Over aiohttp one that is read, and was empty, cannot be read again."""
    try:
        return response.content
    except ResponseNotReadError:
        return await response.read()
