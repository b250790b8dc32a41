"""The azure-core transports by themselves. `test_parity` compares them with azure-core's own."""

import asyncio
import io
import json
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from azure.core import AsyncPipelineClient, PipelineClient
from azure.core.exceptions import (
    ServiceRequestError,
    ServiceResponseError,
)
from azure.core.pipeline.policies import AsyncRetryPolicy, RetryPolicy
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse

from fake_registry.clock import ManualClock
from fake_registry.wsgi import ConnectionDropped
from pytest_acr.transports.in_process import (
    AcrAioTransport,
    AcrTransport,
    AnyAioResponse,
    AnyRequest,
)
from pytest_acr.transports.wsgi_call import Apps
from tests.support.garbage import garbage_collected
from tests.support.products import cross
from tests.transports.wsgi_apps import Scripted, mirror, null_app

URL = "https://fake.azurecr.io/v2/"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise AssertionError(f"a host name was looked up: {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def legacy(method: str = "GET", body: Any = None, url: str = URL) -> LegacyHttpRequest:
    return LegacyHttpRequest(method, url, data=body)


def rest(method: str = "GET", body: Any = None, url: str = URL) -> HttpRequest:
    return HttpRequest(method, url, content=body)


Build = Callable[..., AnyRequest]
both_generations = pytest.mark.parametrize("build", [legacy, rest])
both_ways = pytest.mark.parametrize("stream", [False, True], ids=["whole", "stream"])


def transport(app: Any) -> AcrTransport:
    return AcrTransport({"fake.azurecr.io": app}, clock=ManualClock())


def aio_transport(app: Any) -> AcrAioTransport:
    return AcrAioTransport({"fake.azurecr.io": app}, clock=ManualClock())


def content_of(request: AnyRequest, apps: Apps, *, stream: bool) -> bytes:
    response = AcrTransport(apps, clock=ManualClock()).send(request, stream=stream)
    if isinstance(response, HttpResponse):
        return b"".join(response.iter_bytes()) if stream else response.content
    return b"".join(response.stream_download(None)) if stream else response.body()  # type: ignore[arg-type]


def aio_content_of(request: AnyRequest, apps: Apps, *, stream: bool) -> bytes:
    async def run() -> bytes:
        response = await AcrAioTransport(apps, clock=ManualClock()).send(request, stream=stream)
        if isinstance(response, AsyncHttpResponse):
            return b"".join([piece async for piece in response.iter_bytes()]) if stream else response.content
        download = response.stream_download(None)  # type: ignore[arg-type]
        return b"".join([piece async for piece in download]) if stream else response.body()

    return asyncio.run(run())


def generator() -> Iterator[bytes]:
    yield b"ab"
    yield b"c"


async def aio_generator() -> AsyncIterator[bytes]:
    for piece in generator():
        await asyncio.sleep(0)
        yield piece


BODIES: dict[str, Callable[[], Any]] = {
    "bytes": lambda: b"abc",
    "str": lambda: "abc",
    "file": lambda: io.BytesIO(b"abc"),
    "generator": generator,
}
FRAMING = {"bytes": ("3", None), "str": ("3", None), "file": ("3", None)}


@both_ways
@both_generations
@pytest.mark.parametrize("content", [content_of, aio_content_of], ids=["sync", "aio"])
@pytest.mark.parametrize("kind", BODIES)
def test_body_arrives_with_its_framing(kind: str, content: Callable[..., bytes], build: Build, *, stream: bool) -> None:
    seen = json.loads(content(build("PUT", BODIES[kind]()), {"fake.azurecr.io": mirror}, stream=stream))
    assert ((seen["length"], seen["coding"]), seen["body"]) == (
        FRAMING.get(kind, (None, "chunked")),
        "abc",
    )


@both_generations
def test_async_iterable_arrives_in_chunks(build: Build) -> None:
    seen = json.loads(aio_content_of(build("PUT", aio_generator()), {"fake.azurecr.io": mirror}, stream=False))
    assert (seen["length"], seen["coding"], seen["body"]) == (None, "chunked", "abc")


@pytest.mark.parametrize("content", [content_of, aio_content_of], ids=["sync", "aio"])
def test_files_arrive_as_a_multipart_form(content: Callable[..., bytes]) -> None:
    request = HttpRequest("POST", URL, files={"blob": ("name.bin", b"abc")})
    seen = json.loads(content(request, {"fake.azurecr.io": mirror}, stream=False))
    boundary = seen["type"].removeprefix("multipart/form-data; boundary=")
    assert seen["body"].startswith(f"--{boundary}\r\n")
    assert 'name="blob"; filename="name.bin"' in seen["body"]
    assert seen["length"] == str(len(seen["body"]))


@pytest.mark.parametrize("content", [content_of, aio_content_of], ids=["sync", "aio"])
def test_form_arrives_encoded(content: Callable[..., bytes]) -> None:
    request = HttpRequest("POST", URL, data={"service": "fake.azurecr.io", "scope": "a:b:c"})
    seen = json.loads(content(request, {"fake.azurecr.io": mirror}, stream=False))
    assert seen["type"] == "application/x-www-form-urlencoded"
    assert seen["body"] == "service=fake.azurecr.io&scope=a%3Ab%3Ac"


STATUSES = ["200 OK", "307 Temporary Redirect", "404 Not Found", "503 Service Unavailable"]


@cross({"build": [legacy, rest], "stream": [False, True], "status": STATUSES})
def test_abandoned_response_is_closed_once(status: str, build: Build, *, stream: bool) -> None:
    app = Scripted([b"abc"], status)
    with garbage_collected():
        transport(app).send(build(), stream=stream)
    assert app.closed == 1


@cross({"build": [legacy, rest], "stream": [False, True], "status": STATUSES})
def test_abandoned_aio_response_is_closed_once(status: str, build: Build, *, stream: bool) -> None:
    app = Scripted([b"abc"], status)
    with garbage_collected():
        asyncio.run(aio_transport(app).send(build(), stream=stream))
    assert app.closed == 1


@both_generations
@pytest.mark.parametrize("content", [content_of, aio_content_of], ids=["sync", "aio"])
def test_unknown_host_names_the_known_ones(content: Callable[..., bytes], build: Build) -> None:
    apps = {"fake.azurecr.io": null_app, "other": null_app}
    with pytest.raises(
        ServiceRequestError,
        match=r"'mcr\.microsoft\.com', known: fake\.azurecr\.io, other; no socket",
    ):
        content(build(url="https://mcr.microsoft.com/v2/"), apps, stream=False)


@both_ways
@both_generations
@pytest.mark.parametrize("content", [content_of, aio_content_of], ids=["sync", "aio"])
def test_bug_in_the_app_passes_unchanged(content: Callable[..., bytes], build: Build, *, stream: bool) -> None:
    bug = KeyError("a bug")
    with pytest.raises(KeyError) as caught:
        content(build(), {"fake.azurecr.io": Scripted([], before=bug)}, stream=stream)
    assert caught.value is bug
    late = Scripted([b"abc"], error=bug)
    with pytest.raises(KeyError) as caught:
        content(build(), {"fake.azurecr.io": late}, stream=stream)
    assert (caught.value, late.closed) == (bug, 1)


def test_bug_in_the_app_is_not_retried() -> None:
    calls: list[str] = []

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        calls.append(environ["PATH_INFO"])
        raise KeyError("a bug")

    with PipelineClient[Any, Any](URL, transport=transport(app)) as client, pytest.raises(KeyError):
        client.send_request(rest())
    assert calls == ["/v2/"]


class Unavailable:
    """An application that refuses two calls for 30 seconds each, then serves them."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.calls += 1
        if self.calls == 3:
            start_response("200 OK", [])
            return [b"at last"]
        start_response("503 Service Unavailable", [("Retry-After", "30")])
        return []


def test_retries_move_the_clock_instead_of_sleeping() -> None:
    clock = ManualClock(0)
    sender = AcrTransport({"fake.azurecr.io": Unavailable()}, clock=clock)
    with PipelineClient[Any, Any](URL, transport=sender, policies=[RetryPolicy()]) as client:
        response = client.send_request(rest())
    assert (response.content, clock.now() // 10**9) == (b"at last", 60)


def test_aio_retries_move_the_clock_instead_of_sleeping() -> None:
    clock = ManualClock(0)
    sender = AcrAioTransport({"fake.azurecr.io": Unavailable()}, clock=clock)

    async def run() -> bytes:
        async with AsyncPipelineClient[Any, Any](URL, transport=sender, policies=[AsyncRetryPolicy()]) as client:
            response: AsyncHttpResponse = await client.send_request(rest())
            return response.content

    assert (asyncio.run(run()), clock.now() // 10**9) == (b"at last", 60)


@both_generations
def test_drop_before_the_response_is_an_error(build: Build) -> None:
    app = Scripted([], before=ConnectionDropped())
    with pytest.raises(ServiceResponseError, match="before the response began"):
        transport(app).send(build())
    with pytest.raises(ServiceRequestError, match="before the response began"):
        asyncio.run(aio_transport(app).send(build()))


def test_options_for_sockets_are_ignored() -> None:
    options: dict[str, Any] = {
        "connection_timeout": 1,
        "read_timeout": 1,
        "connection_verify": False,
        "proxies": {},
    }
    assert transport(null_app).send(rest(), **options).status_code == 200
    assert asyncio.run(aio_transport(null_app).send(rest(), **options)).status_code == 200


def test_transports_are_context_managers_and_work_on_after_close() -> None:
    with transport(null_app) as sender:
        sender.open()
    assert sender.send(rest()).status_code == 200

    async def run() -> AnyAioResponse:
        aio_sender = aio_transport(null_app)
        async with aio_sender:
            await aio_sender.open()
        return await aio_sender.send(rest())

    assert asyncio.run(run()).status_code == 200


def test_sleep_of_a_transport_moves_the_clock() -> None:
    clock = ManualClock(0)
    AcrTransport({}, clock=clock).sleep(timedelta(minutes=1).total_seconds())
    assert clock.now() // 10**9 == 60
