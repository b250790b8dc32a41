"""Errors of async requests over sockets, as azure-core's `AioHttpTransport` raises them."""

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, Final

import requests
from azure.core.exceptions import (
    AzureError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ServiceRequestError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from urllib3.exceptions import ReadTimeoutError

SOCKET_ERRORS: Final = (
    requests.RequestException,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)
"""What azure-core's transports over requests raise, in `send` or while a body is read."""


def aio_error_of(error: Exception) -> AzureError:
    """Return the error of `AioHttpTransport` for one of `SOCKET_ERRORS`."""
    cause = getattr(error, "inner_exception", error)
    kind: type[AzureError] = ServiceRequestError

    if _is_read_timeout(cause):
        kind = ServiceResponseTimeoutError
    elif isinstance(cause, requests.exceptions.ChunkedEncodingError):
        kind = IncompleteReadError
    elif isinstance(cause, requests.exceptions.ContentDecodingError):
        kind = DecodeError
    return kind(error, error=error)


def with_aio_errors(response: Any) -> Any:  # Any: both generations of azure-core's responses
    """Return the response, whose streams raise errors as `aio_error_of` returns them."""
    if hasattr(response, "_stream_download_generator"):
        # azure-core calls it for each way in which the body can be read
        inner = response._stream_download_generator  # noqa: SLF001  there is no public way
        response._stream_download_generator = partial(AioSocketDownload, inner)  # noqa: SLF001
    else:
        response.stream_download = partial(AioSocketDownload, response.stream_download)
    return response


class AioSocketDownload:
    """A response's body as an async iterator; its `len` is the Content-Length."""

    # Any, here and below: the arguments of azure-core's streams
    def __init__(self, make: Callable[..., Any], *args: Any, **options: Any) -> None:
        self._inner: Any = make(*args, **options)

    def __len__(self) -> int:
        return len(self._inner)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            piece: bytes = await anext(self._inner)
        except SOCKET_ERRORS as error:
            raise aio_error_of(error) from error
        return piece


def _is_read_timeout(error: object) -> bool:
    """Return whether an error of requests is a read timeout, of a response or within its body."""
    return isinstance(error, requests.RequestException) and any(
        isinstance(reason, ReadTimeoutError) for reason in error.args
    )
