"""The last policy of the async pipeline: deadlines, and bodies of bounded size.

Its twin that blocks is in `answer_policy`.
"""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

from azure.core.exceptions import AzureError
from azure.core.pipeline import PipelineRequest, PipelineResponse
from azure.core.pipeline.policies import AsyncHTTPPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from fake_registry.client.bounds import MAX_ERROR_BYTES, check_encoding, encoding_of, too_large
from fake_registry.client.deadline import Deadline, answer_within
from pytest_acr.content.answer_policy import content_of, is_success, keep_content
from pytest_acr.content.pipeline import stream_answers
from pytest_acr.content.waiting import deadline_of, seconds_for_head
from pytest_acr.transports.tasks import cancel_after, next_within


class AioAnswerPolicy(AsyncHTTPPolicy[HttpRequest, AsyncHttpResponse]):
    """Reads every answer but a streamed success, up to 64 KiB, and within the deadline."""

    async def send(self, request: PipelineRequest[HttpRequest]) -> PipelineResponse[HttpRequest, AsyncHttpResponse]:
        """Send a request. DeadlineExceeded, which no policy of azure-core retries."""
        deadline = deadline_of(request)
        is_streamed = request.context.options.get("stream", False)
        with stream_answers(request):
            deadline.renew()
            async with within(deadline, seconds_for_head(request, deadline)):
                response = await self.next.send(request)
            deadline.begin_body()
            deadline.extend()
            if not (is_streamed and is_success(response.http_response)):
                await _read_start(response.http_response, deadline)
        return response


@asynccontextmanager
async def within(deadline: Deadline, seconds: float) -> AsyncIterator[None]:
    """Cancel a block after some seconds. DeadlineExceeded, also for a transport's own time-out."""
    try:
        with answer_within(deadline):
            async with cancel_after(seconds):
                yield
    except TimeoutError as error:
        raise deadline.error() from error
    except AzureError as error:
        if deadline.left <= 0:
            raise deadline.error() from error
        raise


async def next_piece(pieces: AsyncIterator[bytes], deadline: Deadline) -> bytes:
    """Return the next piece of a body; empty at its end. The time runs while it is awaited.

    DeadlineExceeded, and what `pieces` raises.
    """
    piece = b""
    seconds = deadline.left

    deadline.start()  # not `within`, which costs more: a body has many pieces
    try:
        while not piece:
            piece = await next_within(pieces, seconds)
    except StopAsyncIteration:
        return b""
    except TimeoutError as error:
        raise deadline.error() from error
    except AzureError as error:
        if deadline.left <= 0:
            raise deadline.error() from error
        raise
    finally:
        deadline.stop()

    deadline.count(len(piece))
    return piece


async def _read_start(response: AsyncHttpResponse, deadline: Deadline) -> None:
    known = content_of(response)
    if known is not None:
        keep_content(response, known[:MAX_ERROR_BYTES])
        return

    content = b""
    try:
        if encoding_of(response.headers) is None:
            content = await _read(response, deadline, MAX_ERROR_BYTES)
    finally:
        await response.close()
    keep_content(response, content[:MAX_ERROR_BYTES])


async def read_answer(response: AsyncHttpResponse, what: str, limit: int, deadline: Deadline) -> bytes:
    """Return the body of an answer. EncodingRefused, ResponseTooLarge, DeadlineExceeded."""
    known = content_of(response)
    if known is not None:
        return known

    try:
        check_encoding(what, response.headers)
        content = await _read(response, deadline, limit + 1)
    finally:
        await response.close()

    if len(content) > limit:
        raise too_large(what, limit)
    return content


async def _read(response: AsyncHttpResponse, deadline: Deadline, enough: int) -> bytes:
    """Return the body, or its beginning of at least `enough` bytes."""
    content = bytearray()
    async with aclosing(_pieces_of(response)) as pieces:
        while len(content) < enough and (piece := await next_piece(pieces, deadline)):
            content += piece
    return bytes(content)


def _pieces_of(response: AsyncHttpResponse) -> Any:  # Any: an async generator, by its type not one
    return response.iter_bytes()
