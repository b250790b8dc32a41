"""One request, parsed: what handlers get. And what they answer with."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from werkzeug.datastructures import Headers, MultiDict
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wrappers import Request, Response

from fake_registry.auth.authority import Authority
from fake_registry.clock import Clock
from fake_registry.core.registry import AcrCatalog, Registry
from fake_registry.settings import Settings
from fake_registry.spec.errors import RegistryError, SizeInvalid
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, UploadId

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

PIECE_BYTES = 1024 * 1024
"""How much of a body is read at a time: a client may push a layer of gigabytes in one request."""


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What handlers work on. `catalog` is None where the registry has no ACR metadata."""

    registry: Registry
    catalog: AcrCatalog | None
    authority: Authority
    settings: Settings
    clock: Clock
    key: bytes
    """Signs upload locations and storage URLs."""
    new_id: Callable[[], str]
    """Makes a UUID."""


class Body:
    """A request's body: an iterator of pieces that counts what it has handed out.

    It ends with SizeInvalid if the peer hangs up before the announced length.
    """

    def __init__(self, pieces: Iterator[bytes], *, length: int | None = 0) -> None:
        self._pieces = pieces
        self.length = length
        """The announced length in bytes, None where the body is sent in chunks."""
        self.received = 0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        piece = next(self._pieces)
        self.received += len(piece)
        return piece

    def read(self, limit: int, *, too_long: type[RegistryError]) -> bytes:
        """Return the whole body, at most `limit` bytes; a longer one raises `too_long`, unread if it was announced."""
        content = bytearray()
        if (self.length or 0) <= limit:
            for piece in self:
                content += piece
                if len(content) > limit:
                    break
            else:
                return bytes(content)
        raise too_long(f"expected at most {limit} bytes", limit=limit)

    def altered(self, alter: Callable[[Iterable[bytes]], Iterator[bytes]]) -> "Body":
        """Return a body whose pieces went through `alter` on the way. This one counts them as they came."""
        return Body(alter(self), length=self.length)

    def drain(self) -> None:
        """Read the rest and forget it."""
        for _ in self:
            pass


def body_of(request: Request) -> Body:
    """Return the body of a request, not yet read."""
    chunked = "chunked" in request.environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    length = None if chunked else request.content_length or 0
    return Body(_read(request, length), length=length)


def _read(request: Request, length: int | None) -> Iterator[bytes]:
    received = 0
    stream = request.stream
    try:
        while length is None or received < length:
            piece = stream.read(PIECE_BYTES if length is None else min(PIECE_BYTES, length - received))
            if not piece:
                break
            received += len(piece)
            yield piece
    except ClientDisconnected:
        pass
    else:
        if length in (None, received):
            return
    raise SizeInvalid("the body broke off", expected=length, found=received)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request to one endpoint. Names are parsed; a route without a name in it leaves that name empty."""

    endpoint: "Endpoint"
    method: str
    path: str
    scheme: str
    service: str
    """The Host header: who the client believes it talks to, and what challenges and tokens are about."""
    query: MultiDict[str, str]
    headers: Headers
    body: Body
    repository: RepositoryName = RepositoryName("")
    reference: Reference = Tag("")
    digest: Digest = Digest("")
    upload: UploadId = UploadId("")
    tag: Tag = Tag("")


Handler = Callable[[Backend, Call], Response]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """A row of the table in `endpoints`. `row` cites its specification."""

    name: str
    row: str
    method: str
    path: str
    needs: tuple[str, ...] | None
    """The actions asked of the caller's token; none is any identity at all, None is no authorization."""
    handler: Handler = field(repr=False)


class Answer(Response):
    """A response that says only what it was told, in these very headers: no type and no length of its own."""

    default_mimetype = None

    def get_wsgi_headers(self, environ: "WSGIEnvironment") -> Headers:
        """Return the headers as they are: werkzeug would look for a length to add and rewrite the location."""
        return self.headers


def empty(status: int, headers: Mapping[str, str] | Headers) -> Answer:
    """Answer without a body. 204 has no Content-Length (RFC 9110 §8.6)."""
    answer = Answer(status=status, headers=headers)
    if status != 204:
        answer.headers["Content-Length"] = "0"
    return answer


def whole(
    content: bytes, content_type: str | None, headers: Mapping[str, str] | None = None, *, status: int = 200
) -> Answer:
    """Answer with a body that is there."""
    answer = Answer(content, status, headers, content_type=content_type)
    answer.headers["Content-Length"] = str(len(content))
    return answer


def json_answer(content: bytes, headers: Mapping[str, str] | None = None, *, status: int = 200) -> Answer:
    """Answer with a JSON document."""
    return whole(content, "application/json; charset=utf-8", headers, status=status)


def streamed(
    pieces: Iterator[bytes], size: int, content_type: str, headers: Mapping[str, str], *, status: int = 200
) -> Answer:
    """Answer with a body of `size` bytes that comes in pieces."""
    answer = Answer(pieces, status, headers, content_type=content_type)
    answer.headers["Content-Length"] = str(size)
    return answer
