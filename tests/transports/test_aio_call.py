"""How a call from a coroutine shares the event loop, and what the application sees of a cancelled one."""

import asyncio
import io
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, TypeVar
from wsgiref.types import StartResponse, WSGIEnvironment

import anyio
import anyio.lowlevel
import pytest
import trio
from azure.core.rest import HttpRequest

from fake_registry.clock import ManualClock
from fake_registry.wsgi import ConnectionDropped, Pause
from pytest_acr.transports.bodies import PIECE_BYTES
from pytest_acr.transports.in_process import AcrAioTransport
from pytest_acr.transports.tasks import runs_in_trio
from tests.support.clocks import UnblockedClock
from tests.transports.calls import HOST, URL
from tests.transports.wsgi_apps import Scripted, null_app

T = TypeVar("T")

BODY = b"x" * (4 * PIECE_BYTES)


@pytest.fixture(params=["asyncio", "trio"])
def backend(request: pytest.FixtureRequest) -> str:
    """The library whose event loop runs."""
    return str(request.param)


def transport(app: Any) -> AcrAioTransport:
    return AcrAioTransport({HOST: app}, clock=ManualClock())


async def with_turns(work: Callable[[], Awaitable[T]]) -> tuple[T, int]:
    """Return the result of `work`, and how many turns another task got meanwhile."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(count)
        result = await work()
        tasks.cancel_scope.cancel()

    return result, turns


def pieces(body: bytes) -> Iterator[bytes]:
    yield from (body[at : at + PIECE_BYTES] for at in range(0, len(body), PIECE_BYTES))


async def aio_pieces(body: bytes) -> AsyncIterator[bytes]:
    for piece in pieces(body):
        yield piece


BODIES: dict[str, Callable[[bytes], Any]] = {
    "bytes": bytes,
    "file": io.BytesIO,
    "iterator": pieces,
    "async iterator": aio_pieces,
}


class BodyListener:
    """An application that reads its body, and keeps what it got of each request."""

    def __init__(self) -> None:
        self.seen: list[bytes | str] = []

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        got = b""
        try:
            while piece := environ["wsgi.input"].read(PIECE_BYTES):
                got += piece
        except ConnectionDropped as dropped:
            self.seen.append(f"{len(got)} bytes, then: {dropped}")
            raise

        self.seen.append(got)
        return null_app(environ, start_response)


@pytest.mark.parametrize("kind", BODIES)
def test_other_tasks_run_after_each_piece_of_a_request(kind: str, backend: str) -> None:
    app = BodyListener()

    async def send() -> None:
        await transport(app).send(HttpRequest("PUT", URL, content=BODIES[kind](BODY)))

    _, turns = anyio.run(with_turns, send, backend=backend)

    assert app.seen == [BODY]
    assert turns > 4


def test_other_tasks_run_during_a_request_without_a_body(backend: str) -> None:
    async def send() -> int:
        response = await transport(null_app).send(HttpRequest("GET", URL), stream=True)
        return response.status_code

    assert anyio.run(with_turns, send, backend=backend) >= (200, 1)


def test_other_tasks_run_between_the_start_of_a_response_and_its_return() -> None:
    """asyncio alone: trio runs the tasks of a turn in any order."""
    events: list[str] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        events.clear()
        asyncio.get_running_loop().call_soon(events.append, "another task")
        return null_app(environ, start_response)

    async def send() -> None:
        await transport(app).send(HttpRequest("GET", URL), stream=True)
        events.append("returned")

    asyncio.run(send())

    assert events == ["another task", "returned"]


def test_cancellation_that_the_application_causes_is_delivered_at_once(backend: str) -> None:
    events: list[str] = []

    async def send() -> None:
        with anyio.CancelScope() as scope:

            def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
                events.append("served")
                scope.cancel()
                return null_app(environ, start_response)

            await transport(app).send(HttpRequest("GET", URL), stream=True)
            events.append("returned")

    anyio.run(send, backend=backend)

    assert events == ["served"]


@pytest.mark.parametrize("chunks", [[BODY], [b"a", b"b", b"c", b"d"]], ids=["large", "small"])
def test_other_tasks_run_before_each_piece_of_a_response(chunks: list[bytes], backend: str) -> None:
    turns: list[int] = []

    async def read() -> bytes:
        response: Any = await transport(Scripted(chunks)).send(HttpRequest("GET", URL), stream=True)
        content, counted = await with_turns(response.read)
        turns.append(counted)
        return bytes(content)

    assert anyio.run(read, backend=backend) == b"".join(chunks)
    assert turns[0] >= 4


def test_request_cancelled_before_its_body_does_not_reach_the_application() -> None:
    app = BodyListener()

    async def send() -> None:
        task = asyncio.create_task(transport(app).send(HttpRequest("DELETE", URL)))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(send())

    assert app.seen == []


@pytest.mark.parametrize("kind", BODIES)
def test_request_cancelled_within_its_body_breaks_off(kind: str) -> None:
    app = BodyListener()

    async def send() -> None:
        request = HttpRequest("PUT", URL, content=BODIES[kind](BODY))
        task = asyncio.create_task(transport(app).send(request))
        for _ in range(3):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(send())

    assert app.seen == [f"{2 * PIECE_BYTES} bytes, then: the request's body broke off"]


def test_request_cancelled_within_its_body_breaks_off_under_trio() -> None:
    app = BodyListener()

    async def send() -> None:
        with trio.CancelScope() as scope:
            content = cancelling(scope)
            await transport(app).send(HttpRequest("PUT", URL, content=content))

    def cancelling(scope: trio.CancelScope) -> Iterator[bytes]:
        yield b"abc"
        scope.cancel()
        yield b"def"

    trio.run(send)

    assert app.seen == ["6 bytes, then: the request's body broke off"]


def test_source_of_a_cancelled_request_is_closed(backend: str) -> None:
    """It is closed while the event loop runs: trio warns of one that is garbage collected."""
    closed: list[str] = []

    async def cancelling(scope: anyio.CancelScope) -> AsyncIterator[bytes]:
        try:
            yield b"abc"
            scope.cancel()
            yield b"def"
        finally:
            closed.append("within the call")

    async def send() -> None:
        with anyio.CancelScope() as scope:
            source = cancelling(scope)
            try:
                await transport(null_app).send(HttpRequest("PUT", URL, content=source))
            finally:
                closed.append("after the call")

    anyio.run(send, backend=backend)

    assert closed == ["within the call", "after the call"]


def fail_at_the_end(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[Any]:
    """Pause, then raise KeyError. The body is read before."""
    with suppress(ConnectionDropped):
        environ["wsgi.input"].read()
    yield Pause(3600)
    raise KeyError("a bug of the application")


@pytest.mark.parametrize("content", [None, b"abc" * PIECE_BYTES], ids=["pause", "body"])
def test_cancellation_wins_over_a_bug_of_the_application(content: bytes | None) -> None:
    async def send() -> BaseException:
        waiting = AcrAioTransport({HOST: fail_at_the_end}, clock=UnblockedClock())
        request = HttpRequest("PUT", URL, content=content)
        task = asyncio.create_task(waiting.send(request, read_timeout=None))
        for _ in range(4 if content is None else 2):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        return caught.value

    bug = asyncio.run(send()).__context__

    assert (type(bug), str(bug)) == (KeyError, "'a bug of the application'")


def test_timeout_wins_over_a_bug_of_the_application() -> None:
    async def send() -> None:
        async with asyncio.timeout(None) as limit:

            def app(environ: WSGIEnvironment, start_response: StartResponse) -> Iterator[Any]:
                limit.reschedule(0)  # it is over at once
                yield from fail_at_the_end(environ, start_response)

            waiting = AcrAioTransport({HOST: app}, clock=UnblockedClock())
            await waiting.send(HttpRequest("GET", URL), read_timeout=None)

    with pytest.raises(TimeoutError):
        asyncio.run(send())


def test_error_of_the_source_breaks_the_body_off(backend: str) -> None:
    app = BodyListener()

    async def failing() -> AsyncIterator[bytes]:
        yield b"abc"
        raise OSError("the disk is gone")

    async def send() -> None:
        with pytest.raises(OSError, match="the disk is gone"):
            await transport(app).send(HttpRequest("PUT", URL, content=failing()))

    anyio.run(send, backend=backend)

    assert app.seen == ["3 bytes, then: the request's body broke off"]


def test_request_cancelled_after_its_body_is_served_and_closed() -> None:
    app = Scripted([b"abc"])

    async def send() -> None:
        task = asyncio.create_task(transport(app).send(HttpRequest("GET", URL)))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(send())

    assert (app.yielded, app.closed) == (0, 1)


def test_reader_may_read_on_after_it_was_cancelled() -> None:
    async def read() -> bytes:
        response: Any = await transport(Scripted([b"abc", b"de"])).send(HttpRequest("GET", URL), stream=True)
        download = response.stream_download(None)
        first = await anext(download)
        reading = asyncio.ensure_future(anext(download))
        await asyncio.sleep(0)
        reading.cancel()
        return bytes(first + await anext(download))

    assert asyncio.run(read()) == b"abcde"


class GateClock:
    """A clock whose wait lasts until the event loop has done something else."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.waited: list[float] = []

    def now(self) -> int:
        return 0

    def wait(self, seconds: float) -> None:
        assert self.gate.wait(10), "the event loop was blocked"
        self.waited.append(seconds)


def test_sleep_on_a_clock_that_blocks_leaves_the_loop_running(backend: str) -> None:
    clock = GateClock()

    async def sleep() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(AcrAioTransport({}, clock=clock).sleep, 2)
            await anyio.lowlevel.checkpoint()
            clock.gate.set()

    anyio.run(sleep, backend=backend)

    assert clock.waited == [2]


def test_trio_as_a_guest_of_asyncio_is_recognized() -> None:
    """Both loops run in one thread, and each call suspends in the way of the loop it comes from."""
    found: list[bool] = []

    async def in_trio() -> int:
        found.append(runs_in_trio())
        return (await transport(null_app).send(HttpRequest("GET", URL))).status_code

    async def in_asyncio() -> int:
        guest: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        trio.lowlevel.start_guest_run(
            in_trio,
            run_sync_soon_threadsafe=asyncio.get_running_loop().call_soon_threadsafe,
            done_callback=guest.set_result,
        )
        found.append(runs_in_trio())
        response = await transport(null_app).send(HttpRequest("GET", URL))
        return response.status_code + int((await guest).unwrap())

    assert (asyncio.run(in_asyncio()), found) == (400, [False, True])
