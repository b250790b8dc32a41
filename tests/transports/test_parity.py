"""The same calls through our transports and azure-core's own: clients see no difference.

The oracle is azure-core's `RequestsTransport`, once over the session of
`pytest_acr.transports.requests_session` and once over a socket,
and its `AioHttpTransport` over a socket. How connections break is compared with a server that hangs up.
"""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
import requests
from azure.core.exceptions import AzureError, ServiceResponseTimeoutError
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.pipeline.transport import RequestsTransport
from azure.core.rest import HttpRequest

from fake_registry.clock import ManualClock
from fake_registry.wsgi import ConnectionDropped, Pause
from pytest_acr.transports.in_process import AcrAioTransport, AcrTransport
from pytest_acr.transports.requests_session import acr_session
from pytest_acr.transports.wsgi_call import Apps
from tests.support.garbage import garbage_collected
from tests.support.products import cross
from tests.transports.sockets import hanging_up, serve_app, silent
from tests.transports.wsgi_apps import STARTED, Pausing, Scripted, mirror

URL = "https://fake.azurecr.io/v2/a%2Fb/manifests/sha256%3Aabc?n=1&x=%20"

Send = Callable[..., Any]  # Any: the responses of four transports in two generations


def legacy(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> LegacyHttpRequest:
    return LegacyHttpRequest(method, url, headers, data=body)


def rest(method: str, url: str, body: Any = None, headers: dict[str, str] | None = None) -> HttpRequest:
    return HttpRequest(method, url, content=body, headers=headers)


GENERATIONS = [legacy, rest]
both_generations = pytest.mark.parametrize("build", GENERATIONS)


def ours(apps: Apps) -> AcrTransport:
    return AcrTransport(apps, clock=ManualClock())


@contextmanager
def adapt(apps: Apps) -> Iterator[Any]:
    with RequestsTransport(session=acr_session(apps, clock=ManualClock())) as transport:
        yield transport


@contextmanager
def over_sockets() -> Iterator[Any]:
    session = requests.Session()
    session.trust_env = False
    with RequestsTransport(session=session) as transport:
        yield transport


def facts(response: Any) -> tuple[Any, ...]:
    """Return what a client sees of a response that was read."""
    body = response.content if hasattr(response, "is_stream_consumed") else response.body()
    headers = {name.lower(): value for name, value in response.headers.items()}
    return (
        response.status_code,
        response.reason,
        response.content_type,
        headers,
        body,
        response.text(),
    )


RESPONSES = {
    "json": Scripted([b'{"a": ', b"1}"], headers=[("Content-Type", "application/json"), ("Content-Length", "8")]),
    "chunked": Scripted([b"abc", b"", b"de"], headers=[("Content-Type", "text/plain; charset=utf-8")]),
    "repeated": Scripted([], headers=[("Link", "a"), ("X", "1"), ("LINK", "b")]),
    "created": Scripted([], "201 Created", [("Location", "/v2/x"), ("Content-Length", "0")]),
    "redirect": Scripted(
        [b"see"],
        "307 Temporary Redirect",
        [("Location", "https://elsewhere/"), ("Content-Length", "3")],
    ),
    "no content": Scripted([], "204 No Content"),
    "not found": Scripted([b"{}"], "404 Not Found", [("Content-Length", "2")]),
    "too long": Scripted([b"abcdef"], headers=[("Content-Length", "3")]),
    "no reason": Scripted([b"abc"], "200 "),
}


@both_generations
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", RESPONSES)
def test_responses_look_alike(name: str, method: str, build: Callable[..., Any]) -> None:
    apps = {"fake.azurecr.io": RESPONSES[name]}
    with adapt(apps) as oracle:
        assert facts(ours(apps).send(build(method, URL))) == facts(oracle.send(build(method, URL)))


BODIES: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "empty": lambda: b"",
    "bytes": lambda: b"abc",
    "str": lambda: "é",
    "file": lambda: io.BytesIO(b"abc"),
    "empty file": io.BytesIO,
    "read file": lambda: advance(io.BytesIO(b"0123abc")),
    "text file": lambda: io.StringIO("abc"),
    "generator": lambda: iter([b"ab", b"", b"c"]),
    "text generator": lambda: iter(["ab", "é"]),
}


def advance(file: io.BytesIO) -> io.BytesIO:
    file.seek(4)
    return file


@both_generations
@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize("kind", BODIES)
def test_requests_look_alike(kind: str, method: str, build: Callable[..., Any]) -> None:
    apps = {"fake.azurecr.io": mirror}
    with adapt(apps) as oracle:
        expected = oracle.send(build(method, URL, BODIES[kind]())).text()
    assert json.loads(ours(apps).send(build(method, URL, BODIES[kind]())).text()) == json.loads(expected)


@pytest.mark.parametrize("kind", BODIES)
def test_requests_look_alike_over_a_socket(kind: str) -> None:
    with serve_app(mirror) as netloc, over_sockets() as oracle:
        url = f"http://{netloc}/v2/a%2Fb/?n=1&x=%20"
        expected = json.loads(oracle.send(rest("PATCH", url, BODIES[kind]())).text())
        # werkzeug's server puts the empty string for a field that is not there
        expected = {name: value or None for name, value in expected.items()}
        seen = json.loads(ours({netloc: mirror}).send(rest("PATCH", url, BODIES[kind]())).text())
    assert {name: value or None for name, value in seen.items()} == expected


FORMS: dict[str, Callable[[], dict[str, Any]]] = {
    "form": lambda: {"data": {"service": "a", "scope": "a:b c", "empty": ""}},
    "json": lambda: {"json": {"a": "é"}},
    "text content": lambda: {"content": "é"},
    "typed": lambda: {
        "content": b"{}",
        "headers": {"Content-Type": "application/json", "Accept": "text/plain"},
    },
}


@pytest.mark.parametrize("kind", FORMS)
def test_forms_look_alike(kind: str) -> None:
    apps = {"fake.azurecr.io": mirror}
    with adapt(apps) as oracle:
        expected = oracle.send(HttpRequest("POST", URL, **FORMS[kind]())).text()
    assert json.loads(ours(apps).send(HttpRequest("POST", URL, **FORMS[kind]())).text()) == json.loads(expected)


@pytest.mark.parametrize(
    "url",
    [
        "https://fake.azurecr.io",
        "https://fake.azurecr.io?n=1",
        "https://fake.azurecr.io:443/a/../b c/é/%7e?x=a b#f",
    ],
)
def test_urls_look_alike(url: str) -> None:
    apps = {"fake.azurecr.io": mirror}
    with adapt(apps) as oracle:
        expected = oracle.send(rest("GET", url)).text()
    assert ours(apps).send(rest("GET", url)).text() == expected


def whole(send: Send, request: Any) -> bytes:
    response = send(request)
    return bytes(response.content if hasattr(response, "is_stream_consumed") else response.body())


def read_decoded(send: Send, request: Any) -> bytes:
    response = send(request, stream=True)
    return b"".join(
        check_sizes(response.iter_bytes() if hasattr(response, "iter_bytes") else response.stream_download(None))
    )


def raw(send: Send, request: Any) -> bytes:
    response = send(request, stream=True)
    rest_style = hasattr(response, "iter_raw")
    return b"".join(
        check_sizes(response.iter_raw() if rest_style else response.stream_download(None, decompress=False))
    )


def check_sizes(pieces: Iterator[bytes]) -> Iterator[bytes]:
    for piece in pieces:
        assert 0 < len(piece) <= 4096
        yield piece


WAYS_TO_READ = [whole, read_decoded, raw]
ways_to_read = pytest.mark.parametrize("read", WAYS_TO_READ)


@both_generations
@ways_to_read
def test_streams_look_alike(read: Callable[..., bytes], build: Callable[..., Any]) -> None:
    apps = {"fake.azurecr.io": Scripted([b"x" * 9000, b"y" * 3], headers=[("Content-Length", "9003")])}
    with adapt(apps) as oracle:
        expected = read(oracle.send, build("GET", URL))
    assert read(ours(apps).send, build("GET", URL)) == expected == b"x" * 9000 + b"yyy"


def error_of(read: Callable[..., bytes], send: Send, request: Any) -> type[BaseException]:
    with pytest.raises(AzureError) as caught:
        read(send, request)
    return caught.type


BREAKS = {
    "before the answer": (Scripted([], before=ConnectionDropped()), b""),
    "short": (
        Scripted([b"abc"], headers=[("Content-Length", "5")]),
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
    ),
    "dropped": (
        Scripted([b"abc"], headers=[("Content-Length", "5")], error=ConnectionDropped()),
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
    ),
    "dropped at once": (
        Scripted([], headers=[("Content-Length", "5")], error=ConnectionDropped()),
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    ),
    "dropped without a length": (
        Scripted([b"abc"], error=ConnectionDropped()),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ),
    "error answer dropped": (
        Scripted([b"abc"], "404 Not Found", [("Content-Length", "5")], error=ConnectionDropped()),
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nabc",
    ),
}


@cross({"build": GENERATIONS, "read": WAYS_TO_READ, "name": list(BREAKS)})
def test_broken_connections_raise_alike(name: str, read: Callable[..., bytes], build: Callable[..., Any]) -> None:
    app, payload = BREAKS[name]
    apps = {"fake.azurecr.io": app}
    with hanging_up(payload) as url, over_sockets() as transport:
        expected = error_of(read, transport.send, build("GET", url))
    with adapt(apps) as oracle:
        over_adapter = error_of(read, oracle.send, build("GET", URL))
    assert (error_of(read, ours(apps).send, build("GET", URL)), over_adapter) == (
        expected,
        expected,
    )


@both_generations
def test_unknown_hosts_raise_alike(build: Callable[..., Any]) -> None:
    with adapt({}) as oracle:
        assert error_of(whole, ours({}).send, build("GET", URL)) is error_of(whole, oracle.send, build("GET", URL))


async def aio_whole(send: Send, request: Any) -> bytes:
    response = await send(request)
    return bytes(response.content if hasattr(response, "is_stream_consumed") else response.body())


async def aio_decoded(send: Send, request: Any) -> bytes:
    response = await send(request, stream=True)
    rest_style = hasattr(response, "iter_bytes")
    return b"".join(
        [piece async for piece in (response.iter_bytes() if rest_style else response.stream_download(None))]
    )


async def aio_raw(send: Send, request: Any) -> bytes:
    response = await send(request, stream=True)
    if hasattr(response, "iter_raw"):
        return b"".join([piece async for piece in response.iter_raw()])
    return b"".join([piece async for piece in response.stream_download(None, decompress=False)])


async def over_aiohttp(read: Callable[..., Any], request: Any, **options: Any) -> Any:
    """Read over azure-core's aiohttp transport: the bytes, or the class of the error."""
    transport = pytest.importorskip("azure.core.pipeline.transport").AioHttpTransport(use_env_settings=False)
    async with transport:
        return await outcome(read(partial(transport.send, **options), request))


async def outcome(reading: Any) -> Any:
    try:
        return await reading
    except AzureError as error:
        return type(error)


AIO_WAYS_TO_READ = [aio_whole, aio_decoded, aio_raw]


@cross({"build": GENERATIONS, "read": AIO_WAYS_TO_READ, "name": list(BREAKS)})
def test_broken_connections_raise_alike_in_aio(name: str, read: Callable[..., Any], build: Callable[..., Any]) -> None:
    pytest.importorskip("aiohttp")
    app, payload = BREAKS[name]
    with hanging_up(payload) as url:
        expected = asyncio.run(over_aiohttp(read, build("GET", url)))
    transport = AcrAioTransport({"fake.azurecr.io": app}, clock=ManualClock())
    assert issubclass(expected, AzureError)
    assert asyncio.run(outcome(read(transport.send, build("GET", URL)))) is expected


SILENCES = {
    "before the response": (Pausing(Pause(60), STARTED), b""),
    "after the head": (
        Pausing(STARTED, Pause(60), length=5),
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
    ),
    "within the body": (
        Pausing(STARTED, b"abc", Pause(60), length=5),
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
    ),
    "within chunks": (
        Pausing(STARTED, b"abc", Pause(60)),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
    ),
    "within an error": (
        Pausing(STARTED, b"abc", Pause(60), status="404 Not Found", length=5),
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\n\r\nabc",
    ),
}

SHORT = 0.05
"""A read timeout in seconds. The servers are silent for ever, so that it always ends first."""


@cross({"build": GENERATIONS, "read": WAYS_TO_READ, "name": list(SILENCES)})
def test_read_timeouts_raise_alike(name: str, read: Callable[..., bytes], build: Callable[..., Any]) -> None:
    app, payload = SILENCES[name]
    apps = {"fake.azurecr.io": app}
    with silent(payload) as url, over_sockets() as transport:
        expected = error_of(read, partial(transport.send, read_timeout=SHORT), build("GET", url))
    with adapt(apps) as oracle:
        over_adapter = error_of(read, partial(oracle.send, read_timeout=SHORT), build("GET", URL))

    in_memory = error_of(read, partial(ours(apps).send, read_timeout=SHORT), build("GET", URL))

    assert (in_memory, over_adapter) == (expected, expected)


@pytest.mark.filterwarnings("ignore:Unclosed connection:ResourceWarning")  # AioHttpTransport leaves it open
@cross({"build": GENERATIONS, "read": AIO_WAYS_TO_READ, "name": list(SILENCES)})
def test_read_timeouts_raise_alike_in_aio(name: str, read: Callable[..., Any], build: Callable[..., Any]) -> None:
    pytest.importorskip("aiohttp")
    app, payload = SILENCES[name]
    with silent(payload) as url, garbage_collected():
        expected = asyncio.run(over_aiohttp(read, build("GET", url), read_timeout=SHORT))
    transport = AcrAioTransport({"fake.azurecr.io": app}, clock=ManualClock())
    send = partial(transport.send, read_timeout=SHORT)

    assert expected is ServiceResponseTimeoutError
    assert asyncio.run(outcome(read(send, build("GET", URL)))) is expected


async def aio_pieces() -> AsyncIterator[bytes]:
    yield b"ab"
    yield b"c"


AIO_BODIES: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "bytes": lambda: b"abc",
    "file": lambda: io.BytesIO(b"abc"),
    "async generator": aio_pieces,
}


@pytest.mark.parametrize("kind", AIO_BODIES)
def test_requests_look_alike_in_aio(kind: str) -> None:
    pytest.importorskip("aiohttp")
    with serve_app(mirror) as netloc:
        url = f"http://{netloc}/v2/a%2Fb/?n=1"
        headers = {"Content-Type": "application/octet-stream"}
        over_socket = asyncio.run(over_aiohttp(aio_whole, rest("PUT", url, AIO_BODIES[kind](), headers)))
        transport = AcrAioTransport({netloc: mirror}, clock=ManualClock())
        seen = asyncio.run(aio_whole(transport.send, rest("PUT", url, AIO_BODIES[kind](), headers)))
    assert json.loads(seen) == {
        name: value or (None if name != "body" else "") for name, value in json.loads(over_socket).items()
    }
