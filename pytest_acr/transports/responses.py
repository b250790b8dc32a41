"""Responses of calls in this process as azure-core's: the legacy class and the one of `azure.core.rest`.

There are a sync and an async one of each. The `rest` pair is azure-core's own `HttpResponseImpl`
and `AsyncHttpResponseImpl`. Their modules have a leading underscore, but azure-core's transports and
Microsoft's own transports outside of it are built on them, and a copy would drift from the states
and errors that they define (read, consumed, closed). The parity tests notice a change.

A body that breaks off, or pauses too long, raises what azure-core's transports raise:
`RequestsTransport` has several classes for it, `AioHttpTransport` two.
"""

import zlib
from collections.abc import AsyncIterator, Iterator
from email.message import Message
from typing import Any, Protocol

from azure.core.exceptions import (
    AzureError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
    StreamConsumedError,
)
from azure.core.pipeline.transport import AsyncHttpResponse as LegacyAioHttpResponse
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.pipeline.transport import HttpResponse as LegacyHttpResponse
from azure.core.rest import HttpRequest
from azure.core.rest._http_response_impl import HttpResponseImpl
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.core.utils import CaseInsensitiveDict

from pytest_acr.transports.aio_call import AioResponseBody
from pytest_acr.transports.bodies import BodyBrokeOff, ResponseBody
from pytest_acr.transports.pauses import ReadTimedOut
from pytest_acr.transports.wsgi_call import WsgiResponse

BLOCK_BYTES = 4096
"""The largest piece of a stream: azure-core's default `connection_data_block_size`."""

_WBITS = {"gzip": zlib.MAX_WBITS + 16, "deflate": zlib.MAX_WBITS}
"""The codings of Accept-Encoding in `environ` (RFC 9110 §8.4.1), as zlib knows them."""


class Decoder(Protocol):
    """A decompression object of zlib."""

    def decompress(self, data: bytes, /) -> bytes:
        """Return what `data` adds to the content. Raises zlib.error if it is malformed."""

    def flush(self) -> bytes:
        """Return the last of the content."""


class Download:
    """The rest of a sync response's body as an iterator; its `len` is the Content-Length."""

    # Any: the response classes have no common base. `pipeline` is unused, but azure-core passes it.
    def __init__(
        self,
        pipeline: object,  # noqa: ARG002
        response: Any,
        *,
        decompress: bool = True,
    ) -> None:
        self._length = int(response.headers.get("Content-Length", 0))
        self._decompress = decompress
        self._blocks = _blocks_of(response.internal_response, response.headers, decompress=decompress)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._blocks)
        except BodyBrokeOff as broken:
            raise self._error_of(broken) from broken
        except ReadTimedOut as late:
            raise ServiceResponseTimeoutError(late, error=late) from late

    def _error_of(self, broken: BodyBrokeOff) -> AzureError:
        if not self._decompress:
            return ServiceResponseError(broken, error=broken)
        if broken.missing is None:
            return HttpResponseError(broken, error=broken)
        return IncompleteReadError(broken, error=broken)


class AioDownload:
    """The rest of an async response's body as an async iterator; its `len` is the Content-Length."""

    # Any, and the unused `pipeline`: as in `Download`.
    def __init__(
        self,
        pipeline: object,  # noqa: ARG002
        response: Any,
        *,
        decompress: bool = True,
    ) -> None:
        self._length = int(response.headers.get("Content-Length", 0))
        self._body: AioResponseBody = response.internal_response
        self._decoder = _decoder_of(response.headers, decompress=decompress)
        self._blocks: Iterator[bytes] = iter(())
        self._ended = False

    def __len__(self) -> int:
        return self._length

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while True:
            for block in self._blocks:
                return block
            if self._ended:
                raise StopAsyncIteration
            self._blocks = _cut(await self._next_piece())

    async def _next_piece(self) -> bytes:
        try:
            piece = await self._body.next_piece()
        except BodyBrokeOff as broken:
            raise IncompleteReadError(broken, error=broken) from broken
        except ReadTimedOut as late:
            raise ServiceResponseTimeoutError(late, error=late) from late

        self._ended = not piece
        return piece if self._decoder is None else await self._decode(self._decoder, piece)

    async def _decode(self, decoder: Decoder, piece: bytes) -> bytes:
        try:
            return decoder.flush() if self._ended else decoder.decompress(piece)
        except zlib.error as error:
            await self._body.close()
            raise DecodeError(error, error=error) from error


class LegacyResponse(LegacyHttpResponse):
    """The `azure.core.pipeline.transport.HttpResponse` of a call."""

    internal_response: ResponseBody

    def __init__(self, request: LegacyHttpRequest, response: WsgiResponse) -> None:
        super().__init__(request, response.body, BLOCK_BYTES)
        _describe(self, response)
        self._content: bytes | None = None
        self._consumed = False

    def body(self) -> bytes:
        if self._content is None:
            self._content = b"".join(self._stream())
        return self._content

    def text(self, encoding: str | None = None) -> str:
        return super().text(encoding or _charset_of(self.content_type))

    # Any, here and below: azure-core's signatures
    def stream_download(self, pipeline: object, **kwargs: Any) -> Iterator[bytes]:
        if self._content is not None:
            return _cut(self._content)
        return self._stream(pipeline, **kwargs)

    def _stream(self, pipeline: object = None, **kwargs: Any) -> Download:
        if self._consumed:
            raise StreamConsumedError(self)

        self._consumed = True
        return Download(pipeline, self, **kwargs)


class LegacyAioResponse(LegacyAioHttpResponse):
    """The `azure.core.pipeline.transport.AsyncHttpResponse` of a call."""

    internal_response: AioResponseBody

    def __init__(self, request: LegacyHttpRequest, response: WsgiResponse) -> None:
        super().__init__(request, AioResponseBody(response.body), BLOCK_BYTES)
        _describe(self, response)
        self._content: bytes | None = None

    async def load_body(self) -> None:
        """Read the body, so that `body` and `text` return it without waiting."""
        self._content = b"".join([piece async for piece in AioDownload(None, self)])

    def body(self) -> bytes:
        if self._content is None:
            raise ValueError("the body is not read yet: await load_body() or send with stream=False")
        return self._content

    def text(self, encoding: str | None = None) -> str:
        return super().text(encoding or _charset_of(self.content_type))

    def stream_download(self, pipeline: object, *, decompress: bool = True, **kwargs: Any) -> AsyncIterator[bytes]:
        return AioDownload(pipeline, self, decompress=decompress, **kwargs)

    async def __aexit__(self, *exc_details: object) -> None:
        await self.internal_response.close()


class RestAioResponse(AsyncHttpResponseImpl):
    """The `rest` response with the legacy methods that azure-core's aiohttp one keeps."""

    def body(self) -> bytes:
        return self.content

    async def load_body(self) -> None:
        """Read the body, so that `body` returns it without waiting."""
        await self.read()


def rest_response(request: HttpRequest, response: WsgiResponse) -> HttpResponseImpl:
    """Return the `azure.core.rest.HttpResponse` of a call."""
    return HttpResponseImpl(
        internal_response=response.body,
        stream_download_generator=Download,
        **_facts_of(request, response),
    )


def rest_aio_response(request: HttpRequest, response: WsgiResponse) -> RestAioResponse:
    """Return the `azure.core.rest.AsyncHttpResponse` of a call."""
    return RestAioResponse(
        internal_response=AioResponseBody(response.body),
        stream_download_generator=AioDownload,
        **_facts_of(request, response),
    )


def _facts_of(request: HttpRequest, response: WsgiResponse) -> dict[str, Any]:  # Any: several types
    headers = _joined_headers_of(response)
    return {
        "request": request,
        "block_size": BLOCK_BYTES,
        "status_code": response.status,
        "reason": response.reason,
        "headers": headers,
        "content_type": headers.get("Content-Type"),
    }


def _describe(target: LegacyHttpResponse | LegacyAioHttpResponse, response: WsgiResponse) -> None:
    target.status_code = response.status
    target.reason = response.reason
    target.headers = _joined_headers_of(response)
    target.content_type = target.headers.get("Content-Type")


def _joined_headers_of(response: WsgiResponse) -> CaseInsensitiveDict:
    """Return header fields as a mapping, repeated ones joined by commas (RFC 9110 §5.3)."""
    joined: dict[str, tuple[str, str]] = {}

    for name, value in response.headers:
        first = joined.get(name.lower())
        joined[name.lower()] = (name, value) if first is None else (first[0], f"{first[1]}, {value}")

    return CaseInsensitiveDict(joined.values())


def _blocks_of(body: ResponseBody, headers: CaseInsensitiveDict, *, decompress: bool) -> Iterator[bytes]:
    decoder = _decoder_of(headers, decompress=decompress)
    for piece in body if decoder is None else _decompress(body, decoder):
        yield from _cut(piece)


def _decoder_of(headers: CaseInsensitiveDict, *, decompress: bool) -> Decoder | None:
    wbits = _WBITS.get(headers.get("Content-Encoding", "").lower()) if decompress else None
    return None if wbits is None else zlib.decompressobj(wbits)


def _decompress(body: ResponseBody, decoder: Decoder) -> Iterator[bytes]:
    for piece in body:
        try:
            yield decoder.decompress(piece)
        except zlib.error as error:
            body.close()
            raise DecodeError(error, error=error) from error

    yield decoder.flush()


def _cut(piece: bytes) -> Iterator[bytes]:
    """Return `piece` in non-empty blocks."""
    if len(piece) <= BLOCK_BYTES:
        return iter((piece,) if piece else ())
    return (piece[at : at + BLOCK_BYTES] for at in range(0, len(piece), BLOCK_BYTES))


def _charset_of(content_type: str | None) -> str | None:
    if not content_type:
        return None

    message = Message()
    message["Content-Type"] = content_type
    return message.get_content_charset()
