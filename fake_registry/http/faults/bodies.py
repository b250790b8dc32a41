"""Effects that change bodies."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Final

from fake_registry.arguments import check_fields
from fake_registry.http.answers import Answer, Headers, Piece, Pieces, whole
from fake_registry.http.call import Call
from fake_registry.http.faults.lengths import alter_request, is_short_request, is_short_response, note_short
from fake_registry.http.faults.scene import Scene, When
from fake_registry.spec.endpoints import EndpointName
from fake_registry.wsgi import Pause

_GZIP: Final = zlib.MAX_WBITS + 16
"""gzip, as zlib knows it."""

_PAGE: Final = b"""\
<!DOCTYPE html>
<html>
<head><title>Sign in</title></head>
<body><p>Sign in to use this network.</p></body>
</html>
"""


@dataclass(frozen=True)
class Compress:
    """The response's body is gzip, as from a proxy, also for a client that asked for identity.

    Content-Encoding says so. Content-Length is that of the compressed body, an ETag is weak, and
    digests are those of the body before, as the proxy does not know them.
    """

    default_when: ClassVar[When] = "after"
    follows_redirects: ClassVar[bool] = True

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if is_short_response(scene, answer, 1):
            return answer
        if answer.header("Content-Encoding") is not None:
            scene.note_no_effect("the body of the response is compressed already")
            return answer

        pieces = tuple(_compress(answer.body))
        size = sum(len(piece) for piece in pieces if isinstance(piece, bytes))
        return replace(answer, headers=_headers_of_gzip(answer.headers, size), body=pieces)


@dataclass(frozen=True)
class NotJson:
    """A web page with status 200, as of a proxy, instead of the JSON or the manifest."""

    default_when: ClassVar[When] = "after"
    endpoints: ClassVar[tuple[str, ...]] = (
        EndpointName.BASE,
        EndpointName.MANIFEST_GET,
        EndpointName.TAGS_LIST,
        EndpointName.REFERRERS_LIST,
        EndpointName.CATALOG_LIST,
        EndpointName.ACR_CATALOG,
        EndpointName.ACR_REPOSITORY_GET,
        EndpointName.ACR_REPOSITORY_UPDATE,
        EndpointName.ACR_REPOSITORY_DELETE,
        EndpointName.ACR_TAGS_LIST,
        EndpointName.ACR_TAG_GET,
        EndpointName.ACR_TAG_UPDATE,
        EndpointName.ACR_MANIFESTS_LIST,
        EndpointName.ACR_MANIFEST_GET,
        EndpointName.ACR_MANIFEST_UPDATE,
        EndpointName.OAUTH_EXCHANGE,
        EndpointName.OAUTH_TOKEN,
    )

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        return whole(_PAGE, "text/html; charset=utf-8")


@dataclass(frozen=True)
class Corrupt:
    """The byte at `offset` of the response, or of the request (`door`, `before`), has all bits inverted.

    A body that ends before that byte passes unchanged.
    """

    default_when: ClassVar[When] = "after"
    follows_redirects: ClassVar[bool] = True

    offset: int = 0

    def __post_init__(self) -> None:
        check_fields(self)
        if self.offset < 0:
            raise ValueError(f"expected offset of at least 0 bytes, found {self.offset}")

    def on_request(self, scene: Scene) -> Call:
        if is_short_request(scene, self.offset + 1):
            return scene.call
        return alter_request(scene, lambda pieces: self._flip(pieces, scene, "request"))

    def on_response(self, scene: Scene, answer: Answer) -> Answer:
        if is_short_response(scene, answer, self.offset + 1):
            return answer
        return answer.alter(lambda pieces: self._flip(pieces, scene, "response"))

    def _flip(self, pieces: Iterable[Piece], scene: Scene, message: str) -> Iterator[Piece]:
        start = 0

        for piece in pieces:
            if isinstance(piece, Pause):
                yield piece
                continue

            place = self.offset - start
            start += len(piece)
            if not 0 <= place < len(piece):
                yield piece
                continue
            scene.note_effect()
            yield _flip_byte(piece, place)

        if start <= self.offset:
            note_short(scene, message, start, self.offset + 1)


def _compress(pieces: Pieces) -> Iterator[bytes | Pause]:
    """Yield the pieces in gzip, with their pauses."""
    compressor = zlib.compressobj(wbits=_GZIP)
    for piece in pieces:
        yield piece if isinstance(piece, Pause) else compressor.compress(piece)
    yield compressor.flush()


def _headers_of_gzip(headers: Headers, size: int) -> Headers:
    """Return the headers of a response whose body is now `size` bytes of gzip.

    They are changed as nginx changes them (ngx_http_gzip_filter_module).
    """
    changed = [
        (name, _value_of_gzip(name.lower(), value, size)) for name, value in headers if name.lower() != "accept-ranges"
    ]
    return (*changed, ("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding"))


def _value_of_gzip(name: str, value: str, size: int) -> str:
    if name == "content-length":
        return str(size)
    if name == "etag" and not value.startswith("W/"):
        return f"W/{value}"
    return value


def _flip_byte(piece: bytes, place: int) -> bytes:
    flipped = piece[place] ^ 0xFF
    return b"".join((piece[:place], bytes((flipped,)), piece[place + 1 :]))
