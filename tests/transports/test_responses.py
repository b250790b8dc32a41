"""The transports' responses, in both of azure-core's generations, sync and async."""

import asyncio
import gzip
from collections.abc import Callable
from typing import Any

import pytest
from azure.core.exceptions import (
    DecodeError,
    HttpResponseError,
    ResponseNotReadError,
    StreamClosedError,
    StreamConsumedError,
)
from azure.core.pipeline.transport import AsyncHttpResponse as LegacyAioHttpResponse
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.pipeline.transport import HttpResponse as LegacyHttpResponse
from azure.core.rest import AsyncHttpResponse, HttpRequest, HttpResponse

from fake_registry.clock import ManualClock
from pytest_acr.transports.in_process import AcrAioTransport, AcrTransport, AnyAioResponse, AnyRequest
from tests.transports.wsgi_apps import Scripted

URL = "https://fake.azurecr.io/v2/"


def legacy() -> LegacyHttpRequest:
    return LegacyHttpRequest("GET", URL)


def rest() -> HttpRequest:
    return HttpRequest("GET", URL)


Build = Callable[[], AnyRequest]
both_generations = pytest.mark.parametrize("build", [legacy, rest])


def transport(app: Scripted) -> AcrTransport:
    return AcrTransport({"fake.azurecr.io": app}, clock=ManualClock())


def aio_transport(app: Scripted) -> AcrAioTransport:
    return AcrAioTransport({"fake.azurecr.io": app}, clock=ManualClock())


def aio_send(request: AnyRequest) -> AnyAioResponse:
    return asyncio.run(aio_transport(Scripted([])).send(request))


HEADERS = [
    ("Content-Type", "text/plain; charset=latin-1"),
    ("Link", "a"),
    ("link", "b"),
    ("Content-Length", "4"),
]


@both_generations
def test_response_has_status_headers_and_text(build: Build) -> None:
    response = transport(Scripted([b"caf\xe9"], "201 Made", HEADERS)).send(build())
    facts = (
        response.status_code,
        response.reason,
        response.content_type,
        response.headers["LINK"],
        response.text(),
    )
    assert facts == (201, "Made", "text/plain; charset=latin-1", "a, b", "café")
    assert dict(response.headers) == {
        "Content-Type": "text/plain; charset=latin-1",
        "Link": "a, b",
        "Content-Length": "4",
    }


@both_generations
def test_aio_response_has_status_headers_and_text(build: Build) -> None:
    response = asyncio.run(aio_transport(Scripted([b"caf\xe9"], "201 Made", HEADERS)).send(build()))
    facts = (
        response.status_code,
        response.reason,
        response.content_type,
        response.headers["LINK"],
        response.text(),
    )
    assert facts == (201, "Made", "text/plain; charset=latin-1", "a, b", "café")


def test_legacy_text_without_a_charset_is_utf_8() -> None:
    assert transport(Scripted(["é".encode()])).send(legacy()).text() == "é"


def test_response_knows_its_request_and_closes_through_the_inner_one() -> None:
    app = Scripted([b"abc"])
    request = legacy()
    response = transport(app).send(request, stream=True)
    assert isinstance(response, LegacyHttpResponse)
    assert response.request is request
    response.internal_response.close()
    assert app.closed == 1


@both_generations
def test_stream_is_returned_before_it_is_read(build: Build) -> None:
    app = Scripted([b"x" * 5000, b"yz"])
    response = transport(app).send(build(), stream=True)
    assert app.yielded == 0
    pieces = response.iter_bytes() if isinstance(response, HttpResponse) else response.stream_download(None)  # type: ignore[arg-type]
    assert (len(next(pieces)), app.yielded) == (4096, 1)
    assert ([len(piece) for piece in pieces], app.yielded, app.closed) == ([904, 2], 2, 1)


def test_aio_stream_is_returned_before_it_is_read() -> None:
    app = Scripted([b"x" * 5000, b"yz"])

    async def run() -> list[int]:
        response = await aio_transport(app).send(rest(), stream=True)
        assert isinstance(response, AsyncHttpResponse)
        assert app.yielded == 0
        return [len(piece) async for piece in response.iter_raw()]

    assert (asyncio.run(run()), app.yielded, app.closed) == ([4096, 904, 2], 2, 1)


def test_length_of_a_download_is_the_content_length() -> None:
    app = Scripted([b"abc"], headers=[("Content-Length", "3")])
    response = transport(app).send(legacy(), stream=True)
    assert isinstance(response, LegacyHttpResponse)
    assert len(response.stream_download(None)) == 3  # type: ignore[arg-type]


def test_rest_response_follows_the_states_of_azure_core() -> None:
    response = transport(Scripted([b'{"a": 1}'])).send(rest(), stream=True)
    assert isinstance(response, HttpResponse)
    with pytest.raises(ResponseNotReadError):
        response.json()
    assert (response.is_stream_consumed, response.is_closed) == (False, False)
    assert response.read() == b'{"a": 1}'
    assert (response.json(), response.is_stream_consumed, response.is_closed) == (
        {"a": 1},
        True,
        True,
    )
    with pytest.raises(StreamConsumedError):
        list(response.iter_raw())


@pytest.mark.parametrize("send", [lambda request: transport(Scripted([])).send(request), aio_send])
def test_attributes_can_be_set_by_the_names_of_the_older_generation(send: Callable[[AnyRequest], Any]) -> None:
    """As azure-core's own responses, whose newer names are properties."""
    response = send(rest())
    response.status_code = 418
    response.headers = {"a": "b"}
    response.context = "kept"
    assert (response.status_code, response.headers, response.context) == (418, {"a": "b"}, "kept")


def test_closed_rest_response_cannot_be_streamed() -> None:
    app = Scripted([b"abc"])
    with transport(app).send(rest(), stream=True) as response:  # type: ignore[union-attr]
        pass
    with pytest.raises(StreamClosedError):
        list(response.iter_bytes())
    assert app.closed == 1


@both_generations
def test_raise_for_status_raises_for_an_error(build: Build) -> None:
    response = transport(Scripted([b"{}"], "404 Not Found")).send(build())
    with pytest.raises(HttpResponseError, match="Not Found"):
        response.raise_for_status()


def test_legacy_body_is_read_once_and_kept() -> None:
    response = transport(Scripted([b"x" * 5000])).send(legacy(), stream=True)
    assert isinstance(response, LegacyHttpResponse)
    assert len(response.body()) == len(response.body()) == 5000
    assert [len(piece) for piece in response.stream_download(None)] == [4096, 904]  # type: ignore[arg-type]


def test_legacy_stream_cannot_be_read_twice() -> None:
    response = transport(Scripted([b"abc"])).send(legacy(), stream=True)
    assert isinstance(response, LegacyHttpResponse)
    list(response.stream_download(None))  # type: ignore[arg-type]
    with pytest.raises(StreamConsumedError):
        response.body()


def test_legacy_aio_body_is_available_after_it_is_loaded() -> None:
    app = Scripted([b"abc"])

    async def run() -> bytes:
        async with await aio_transport(app).send(legacy(), stream=True) as response:
            assert isinstance(response, LegacyAioHttpResponse)
            with pytest.raises(ValueError, match="not read yet"):
                response.body()
            await response.load_body()  # type: ignore[attr-defined]
            return response.body()

    assert (asyncio.run(run()), app.closed) == (b"abc", 1)


@both_generations
def test_aio_response_left_unread_is_closed_by_its_context(build: Build) -> None:
    app = Scripted([b"abc"])

    async def run() -> int:
        async with await aio_transport(app).send(build(), stream=True) as response:
            assert response.status_code == 200
        return app.closed

    assert asyncio.run(run()) == 1


def test_rest_aio_response_has_the_legacy_methods() -> None:
    async def run() -> tuple[bytes, bytes]:
        response: Any = await aio_transport(Scripted([b"abc"])).send(rest(), stream=True)
        await response.load_body()
        streamed: Any = await aio_transport(Scripted([b"de"])).send(rest(), stream=True)
        return response.body(), b"".join([piece async for piece in streamed.stream_download(None)])

    assert asyncio.run(run()) == (b"abc", b"de")


def test_rest_response_has_the_legacy_methods() -> None:
    response: Any = transport(Scripted([b"abc"])).send(rest(), stream=True)
    assert (b"".join(response.stream_download(None)), response.block_size) == (b"abc", 4096)
    unread: Any = transport(Scripted([b"abc"])).send(rest(), stream=True)
    assert unread.body() == b"abc"


PACKED = gzip.compress(b"abc" * 100)
COMPRESSED = [("Content-Encoding", "gzip"), ("Content-Length", str(len(PACKED)))]


@both_generations
def test_compressed_body_is_decompressed(build: Build) -> None:
    app = Scripted([PACKED[:7], PACKED[7:]], headers=COMPRESSED)
    assert transport(app).send(build()).text() == asyncio.run(aio_transport(app).send(build())).text() == "abc" * 100


def test_raw_stream_stays_compressed() -> None:
    packed = gzip.compress(b"abc")
    response = transport(Scripted([packed], headers=[("Content-Encoding", "gzip")])).send(rest(), stream=True)
    assert isinstance(response, HttpResponse)
    assert b"".join(response.iter_raw()) == packed


def test_broken_compression_is_a_decode_error_and_closes() -> None:
    app = Scripted([b"not gzip"], headers=[("Content-Encoding", "gzip")])
    response = transport(app).send(rest(), stream=True)
    assert isinstance(response, HttpResponse)
    with pytest.raises(DecodeError):
        list(response.iter_bytes())
    assert app.closed == 1
