"""One HTTP call to a WSGI application from a coroutine, with turns for other tasks in between.

The application itself runs without a turn: a request's body is in memory before it starts.
"""

from collections import deque
from collections.abc import AsyncGenerator, AsyncIterable, Callable, Iterator

from fake_registry.wsgi import ConnectionDropped, Pause
from pytest_acr.transports.bodies import PIECE_BYTES, Reader, ResponseBody, take_from
from pytest_acr.transports.event_loop import give_way, wait
from pytest_acr.transports.pauses import Patience, Silence
from pytest_acr.transports.wsgi_call import (
    RunningCall,
    WsgiRequest,
    WsgiResponse,
    errors_as_context_of,
)

AioBody = AsyncIterable[bytes | str]
_Pieces = deque[bytes | str]


async def aio_call(
    request: WsgiRequest,
    source: AioBody | None,
    patience: Patience,
) -> WsgiResponse:
    """Send `request` and wait for its response. A body from `source` replaces the request's own.

    Other tasks get a turn before the request, after each piece of its body, and after the
    application has started its response. Raises as `call` does.

    A call that is cancelled while its body is sent is a connection that breaks: the application
    sees nothing of it, or a body that breaks off. One that is cancelled later is a client that
    hangs up: the request is served, and its response is lost. A bug of the application becomes the
    context of the cancellation.
    """
    await _send_body(request, source)
    running = RunningCall(request)
    silence = Silence(patience)

    try:
        while (pause := running.advance()) is not None:
            await wait(patience.clock, silence.seconds_of(pause))
        await give_way()
    except BaseException as ending:
        running.finish_after(ending)
        raise

    return running.respond(patience)


class AioResponseBody:
    """A response's body as async responses read it. Other tasks get a turn before each piece."""

    def __init__(self, body: ResponseBody) -> None:
        self._body = body
        self._rest = b""

    async def next_piece(self) -> bytes:
        """Return the next piece, at most `PIECE_BYTES` long; an empty one at the end.

        Raises as iterating over `ResponseBody` does.
        """
        await give_way()
        piece = self._rest or await self._next_bytes()

        self._rest = piece[PIECE_BYTES:]
        return piece[:PIECE_BYTES]

    async def close(self) -> None:
        """Release the source without reading the rest. azure-core's responses await this."""
        self._rest = b""
        self._body.close()

    async def _next_bytes(self) -> bytes:
        silence = Silence(self._body.patience)
        item = self._next_item()

        try:
            while isinstance(item, Pause):
                await wait(self._body.patience.clock, silence.seconds_of(item))
                item = self._next_item()
        except Exception:  # not a cancellation: the reader may read on after it
            self._body.close()
            raise

        return item

    def _next_item(self) -> bytes | Pause:
        try:
            return self._body.next_item()
        except StopIteration:
            return b""


async def _send_body(request: WsgiRequest, source: AioBody | None) -> None:
    """Put the body into the environ as it is after its way to a server: complete, and in memory."""
    pieces: _Pieces = deque()

    try:
        await give_way()
        if source is None:
            await _read(request.environ["wsgi.input"].read, pieces)
        else:
            await _iterate(source, pieces)
    except BaseException as ending:
        if pieces:
            _break_off(request, pieces, ending)
        raise

    if pieces:
        request.environ["wsgi.input"] = Reader(take_from(_use_up(pieces)))


async def _read(read: Callable[[int], bytes], pieces: _Pieces) -> None:
    while piece := read(PIECE_BYTES):
        pieces.append(piece)
        await give_way()


async def _iterate(source: AioBody, pieces: _Pieces) -> None:
    iterator = aiter(source)
    try:
        async for piece in iterator:
            pieces.append(piece)
            await give_way()
    finally:
        # trio warns of a generator that is garbage collected before its end
        if isinstance(iterator, AsyncGenerator):
            await iterator.aclose()


def _break_off(request: WsgiRequest, pieces: _Pieces, ending: BaseException) -> None:
    """Let the application see `pieces` and then the end of the connection.

    An error of the application becomes the context of `ending`.
    """
    request.environ["wsgi.input"] = Reader(take_from(_break_after(pieces)))

    with errors_as_context_of(ending):
        RunningCall(request).finish()


def _break_after(pieces: _Pieces) -> Iterator[bytes | str]:
    yield from pieces
    raise ConnectionDropped("the request's body broke off")


def _use_up(pieces: _Pieces) -> Iterator[bytes | str]:
    """Yield `pieces`, each of which is freed when its reader releases it."""
    while pieces:
        yield pieces.popleft()
