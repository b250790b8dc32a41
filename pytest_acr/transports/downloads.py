"""Streams of response bodies: decompressed, in blocks, and with azure-core's errors.

A body that breaks off, or pauses for too long, raises what azure-core's transports raise:
`RequestsTransport` has several classes for it, `AioHttpTransport` two.
"""

import zlib
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any, Final, Protocol

from azure.core.exceptions import (
    AzureError,
    DecodeError,
    HttpResponseError,
    IncompleteReadError,
    ServiceResponseError,
    ServiceResponseTimeoutError,
)
from azure.core.utils import CaseInsensitiveDict

from pytest_acr.transports.bodies import BodyBrokeOff, ResponseBody
from pytest_acr.transports.pauses import ReadTimedOut

if TYPE_CHECKING:
    from pytest_acr.transports.aio_call import AioResponseBody

BLOCK_BYTES: Final = 4096
"""The largest piece of a stream: azure-core's default `connection_data_block_size`."""

_WBITS: Final = {"gzip": zlib.MAX_WBITS + 16, "deflate": zlib.MAX_WBITS}
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
        self._headers: CaseInsensitiveDict = response.headers
        self._decompress = decompress
        self._blocks = _blocks_of(response.internal_response, self._headers, decompress=decompress)

    def __len__(self) -> int:
        return _length_in(self._headers)

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
    """The rest of an async response's body, as `Download` is that of a sync one's."""

    # Any, and the unused `pipeline`: as in `Download`.
    def __init__(
        self,
        pipeline: object,  # noqa: ARG002
        response: Any,
        *,
        decompress: bool = True,
    ) -> None:
        self._headers: CaseInsensitiveDict = response.headers
        self._body: AioResponseBody = response.internal_response
        self._decoder = _decoder_of(self._headers, decompress=decompress)
        self._blocks: Iterator[bytes] = iter(())
        self._ended = False

    def __len__(self) -> int:
        return _length_in(self._headers)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        while True:
            for block in self._blocks:
                return block
            if self._ended:
                raise StopAsyncIteration
            self._blocks = cut(await self._next_piece())

    async def _next_piece(self) -> bytes:
        try:
            piece = await self._body.next_piece()
        except BodyBrokeOff as broken:
            raise IncompleteReadError(broken, error=broken) from broken
        except ReadTimedOut as late:
            raise ServiceResponseTimeoutError(late, error=late) from late

        self._ended = not piece
        return await self._decode(piece)

    async def _decode(self, piece: bytes) -> bytes:
        if self._decoder is None:
            return piece

        try:
            return self._decoder.decompress(piece) if piece else self._decoder.flush()
        except zlib.error as error:
            await self._body.close()
            raise DecodeError(error, error=error) from error


def _length_in(headers: CaseInsensitiveDict) -> int:
    return int(headers.get("Content-Length", 0))


def _blocks_of(
    body: ResponseBody,
    headers: CaseInsensitiveDict,
    *,
    decompress: bool,
) -> Iterator[bytes]:
    decoder = _decoder_of(headers, decompress=decompress)
    for piece in body if decoder is None else _decompress(body, decoder):
        yield from cut(piece)


def _decoder_of(headers: CaseInsensitiveDict, *, decompress: bool) -> Decoder | None:
    wbits = _WBITS.get(headers.get("Content-Encoding", "").lower())
    if wbits is None or not decompress:
        return None
    return zlib.decompressobj(wbits)


def _decompress(body: ResponseBody, decoder: Decoder) -> Iterator[bytes]:
    for piece in body:
        try:
            yield decoder.decompress(piece)
        except zlib.error as error:
            body.close()
            raise DecodeError(error, error=error) from error

    yield decoder.flush()


def cut(piece: bytes) -> Iterator[bytes]:
    """Return `piece` in non-empty blocks."""
    if 0 < len(piece) <= BLOCK_BYTES:
        return iter((piece,))
    return (piece[at : at + BLOCK_BYTES] for at in range(0, len(piece), BLOCK_BYTES))
