"""Responses of calls in this process as azure-core's: two generations, each sync and async.

The pair of `azure.core.rest` is azure-core's own `HttpResponseImpl` and `AsyncHttpResponseImpl`.
Their modules have a leading underscore, but azure-core's transports and Microsoft's own transports
outside of it are built on them, and a copy would drift from the states and errors that they define
(read, consumed, closed). The parity tests notice a change.
"""

from collections.abc import AsyncIterator, Iterator
from email.message import Message
from typing import Any

from azure.core.exceptions import StreamConsumedError
from azure.core.pipeline.transport import AsyncHttpResponse as LegacyAioHttpResponse
from azure.core.pipeline.transport import HttpRequest as LegacyHttpRequest
from azure.core.pipeline.transport import HttpResponse as LegacyHttpResponse
from azure.core.rest import HttpRequest
from azure.core.rest._http_response_impl import HttpResponseImpl
from azure.core.rest._http_response_impl_async import AsyncHttpResponseImpl
from azure.core.utils import CaseInsensitiveDict

from pytest_acr.transports.aio_call import AioResponseBody
from pytest_acr.transports.bodies import ResponseBody
from pytest_acr.transports.downloads import BLOCK_BYTES, AioDownload, Download, cut
from pytest_acr.transports.wsgi_call import WsgiResponse


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
            return cut(self._content)
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
            raise ValueError("the body is not read yet: await load_body(), or send without stream")
        return self._content

    def text(self, encoding: str | None = None) -> str:
        return super().text(encoding or _charset_of(self.content_type))

    def stream_download(
        self,
        pipeline: object,
        *,
        decompress: bool = True,
        **kwargs: Any,
    ) -> AsyncIterator[bytes]:
        return AioDownload(pipeline, self, decompress=decompress, **kwargs)

    async def __aexit__(self, *exc_details: object) -> None:
        await self.internal_response.close()


class RestResponse(HttpResponseImpl):
    """The `azure.core.rest.HttpResponse` of a call."""

    def __setattr__(self, name: str, value: object) -> None:
        # azure-core looks for each name among those of its older generation, which lack the
        # underscore: that takes a third of the time that a response takes.
        if name[0] == "_":
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)  # type: ignore[no-untyped-call]


class RestAioResponse(AsyncHttpResponseImpl):
    """The `rest` response with the legacy methods that azure-core's aiohttp one keeps."""

    def __setattr__(self, name: str, value: object) -> None:
        if name[0] == "_":  # as in `RestResponse`
            object.__setattr__(self, name, value)
        else:
            super().__setattr__(name, value)  # type: ignore[no-untyped-call]

    def body(self) -> bytes:
        return self.content

    async def load_body(self) -> None:
        """Read the body, so that `body` returns it without waiting."""
        await self.read()


def rest_response(request: HttpRequest, response: WsgiResponse) -> RestResponse:
    """Return the `azure.core.rest.HttpResponse` of a call."""
    return RestResponse(
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
        key = name.lower()
        known = joined.get(key)
        if known is None:
            joined[key] = (name, value)
        else:
            joined[key] = (known[0], f"{known[1]}, {value}")

    headers = CaseInsensitiveDict()
    for name, value in joined.values():  # its `update` takes longer
        headers[name] = value
    return headers


def _charset_of(content_type: str | None) -> str | None:
    if not content_type:
        return None

    message = Message()
    message["Content-Type"] = content_type
    return message.get_content_charset()
