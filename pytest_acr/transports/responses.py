"""Answers as azure-core's response objects: the legacy and the `azure.core.rest` one, each sync and async.

The `rest` pair is azure-core's own `HttpResponseImpl` and `AsyncHttpResponseImpl`. Their modules have a leading
underscore, but they are what azure-core's transports and Microsoft's own transports outside of it are built on, and a
copy would drift from the states and errors they define (read, consumed, closed). The parity tests notice a change.

A body that breaks off is raised as azure-core's transports raise it: `RequestsTransport` tells three cases apart,
`AioHttpTransport` none.
"""

import zlib
from collections.abc import AsyncIterator, Iterator
from email.message import Message
from typing import Any

from azure.core.exceptions import (
    AzureError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ServiceResponseError,
    StreamConsumedError,
)
from azure.core.pipeline.transport import AsyncHttpResponse as LegacyAioHttpResponse
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.pipeline.transport import HttpResponse as LegacyHttpResponse
from azure.core.rest import HttpRequest
from azure.core.rest._http_response_impl import HttpResponseImpl
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.core.utils import CaseInsensitiveDict

from pytest_acr.transports.bodies import Body, BodyBrokeOff
from pytest_acr.transports.wsgi_call import Answer

BLOCK_BYTES = 4096
"""The largest piece of a stream: azure-core's default `connection_data_block_size`."""

_WBITS = {"gzip": zlib.MAX_WBITS + 16, "deflate": zlib.MAX_WBITS}
"""RFC 9110 §8.4.1: these two are what the transports' Accept-Encoding offers."""


class Download:
    """The rest of a sync response's body as an iterator; its `len` is the Content-Length."""

    # Any: the response classes have no common base. `pipeline` is needed by nobody, but azure-core passes it.
    def __init__(self, pipeline: object, response: Any, *, decompress: bool = True) -> None:  # noqa: ARG002
        self._length = int(response.headers.get("Content-Length", 0))
        self._decompress = decompress
        self._pieces = _pieces(response.internal_response, response.headers, decompress=decompress)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        try:
            return next(self._pieces)
        except BodyBrokeOff as broken:
            raise self._error(broken) from broken

    def _error(self, broken: BodyBrokeOff) -> AzureError:
        if not self._decompress:
            return ServiceResponseError(broken, error=broken)
        if broken.missing is None:
            return HttpResponseError(broken, error=broken)
        return IncompleteReadError(broken, error=broken)


class AioDownload:
    """The rest of an async response's body as an async iterator; its `len` is the Content-Length."""

    # Any, and the unused `pipeline`: as in `Download`.
    def __init__(self, pipeline: object, response: Any, *, decompress: bool = True) -> None:  # noqa: ARG002
        self._length = int(response.headers.get("Content-Length", 0))
        self._pieces = _pieces(response.internal_response.body, response.headers, decompress=decompress)

    def __len__(self) -> int:
        return self._length

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return next(self._pieces)
        except StopIteration:
            raise StopAsyncIteration from None
        except BodyBrokeOff as broken:
            raise IncompleteReadError(broken, error=broken) from broken


class AioBody:
    """A body with the `close` that azure-core's async responses wait for."""

    def __init__(self, body: Body) -> None:
        self.body = body

    async def close(self) -> None:
        self.body.close()


class LegacyResponse(LegacyHttpResponse):
    """`azure.core.pipeline.transport.HttpResponse` on an answer."""

    internal_response: Body

    def __init__(self, request: LegacyHttpRequest, answer: Answer) -> None:
        super().__init__(request, answer.body, BLOCK_BYTES)
        _describe(self, answer)
        self._content: bytes | None = None
        self._consumed = False

    def body(self) -> bytes:
        if self._content is None:
            self._content = b"".join(self._stream())
        return self._content

    def text(self, encoding: str | None = None) -> str:
        return super().text(encoding or _charset(self.content_type))

    def stream_download(self, pipeline: object, **kwargs: Any) -> Iterator[bytes]:  # Any: azure-core's signature
        return _blocks(self._content) if self._content is not None else self._stream(pipeline, **kwargs)

    def _stream(self, pipeline: object = None, **kwargs: Any) -> Download:  # Any: as above
        if self._consumed:
            raise StreamConsumedError(self)
        self._consumed = True
        return Download(pipeline, self, **kwargs)


class LegacyAioResponse(LegacyAioHttpResponse):
    """`azure.core.pipeline.transport.AsyncHttpResponse` on an answer."""

    internal_response: AioBody

    def __init__(self, request: LegacyHttpRequest, answer: Answer) -> None:
        super().__init__(request, AioBody(answer.body), BLOCK_BYTES)
        _describe(self, answer)
        self._content: bytes | None = None

    async def load_body(self) -> None:
        """Read the body, so that `body` and `text` can give it without waiting."""
        self._content = b"".join([piece async for piece in AioDownload(None, self)])

    def body(self) -> bytes:
        if self._content is None:
            raise ValueError("the body is not read yet: await load_body() or send with stream=False")
        return self._content

    def text(self, encoding: str | None = None) -> str:
        return super().text(encoding or _charset(self.content_type))

    def stream_download(
        self, pipeline: object, *, decompress: bool = True, **kwargs: Any
    ) -> AsyncIterator[bytes]:  # Any: azure-core's signature
        return AioDownload(pipeline, self, decompress=decompress, **kwargs)

    async def __aexit__(self, *exc_details: object) -> None:
        await self.internal_response.close()


class RestAioResponse(AsyncHttpResponseImpl):
    """The `rest` response with what azure-core's aiohttp one keeps of the legacy class."""

    def body(self) -> bytes:
        return self.content

    async def load_body(self) -> None:
        """Read the body, so that `body` can give it without waiting."""
        await self.read()


def rest_response(request: HttpRequest, answer: Answer) -> HttpResponseImpl:
    """Return the `azure.core.rest.HttpResponse` of an answer."""
    return HttpResponseImpl(
        internal_response=answer.body, stream_download_generator=Download, **_facts(request, answer)
    )


def rest_aio_response(request: HttpRequest, answer: Answer) -> RestAioResponse:
    """Return the `azure.core.rest.AsyncHttpResponse` of an answer."""
    body = AioBody(answer.body)
    return RestAioResponse(internal_response=body, stream_download_generator=AioDownload, **_facts(request, answer))


def _facts(request: HttpRequest, answer: Answer) -> dict[str, Any]:  # Any: keyword arguments of several types
    headers = _joined(answer.headers)
    return {
        "request": request,
        "block_size": BLOCK_BYTES,
        "status_code": answer.status,
        "reason": answer.reason,
        "headers": headers,
        "content_type": headers.get("Content-Type"),
    }


def _describe(response: LegacyHttpResponse | LegacyAioHttpResponse, answer: Answer) -> None:
    response.status_code = answer.status
    response.reason = answer.reason
    response.headers = _joined(answer.headers)
    response.content_type = response.headers.get("Content-Type")


def _joined(fields: list[tuple[str, str]]) -> CaseInsensitiveDict:
    """Return header fields as a mapping, repeated ones as one with commas (RFC 9110 §5.3)."""
    merged: dict[str, tuple[str, str]] = {}
    for name, value in fields:
        first = merged.get(name.lower())
        merged[name.lower()] = (name, value) if first is None else (first[0], f"{first[1]}, {value}")
    return CaseInsensitiveDict(merged.values())


def _pieces(body: Body, headers: CaseInsensitiveDict, *, decompress: bool) -> Iterator[bytes]:
    wbits = _WBITS.get(headers.get("Content-Encoding", "").lower()) if decompress else None
    for chunk in body if wbits is None else _decompressed(body, wbits):
        yield from _blocks(chunk)


def _decompressed(body: Body, wbits: int) -> Iterator[bytes]:
    decoder = zlib.decompressobj(wbits)
    for chunk in body:
        try:
            yield decoder.decompress(chunk)
        except zlib.error as error:
            body.close()
            raise DecodeError(error, error=error) from error
    yield decoder.flush()


def _blocks(chunk: bytes) -> Iterator[bytes]:
    if len(chunk) <= BLOCK_BYTES:
        return iter((chunk,) if chunk else ())
    return (chunk[at : at + BLOCK_BYTES] for at in range(0, len(chunk), BLOCK_BYTES))


def _charset(content_type: str | None) -> str | None:
    if not content_type:
        return None
    message = Message()
    message["Content-Type"] = content_type
    return message.get_content_charset()
