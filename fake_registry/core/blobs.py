"""Blobs and unfinished uploads, as immutable values. `state` holds and `uploads` replaces them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import accumulate

from fake_registry.core.registry import check_position
from fake_registry.core.running_hash import RunningHash
from fake_registry.spec.errors import DigestInvalid
from fake_registry.spec.names import Digest, UploadId, algorithm_of, digest_of


@dataclass(frozen=True)
class Blob:
    """Content in the pieces in which it arrived, never joined. It is its own `BlobReader`."""

    pieces: tuple[bytes, ...]
    stored: int = field(default=0, kw_only=True, compare=False)
    """When it was stored, in nanoseconds since the epoch."""
    starts: tuple[int, ...] = field(init=False, repr=False)
    size: int = field(init=False)

    def __post_init__(self) -> None:
        *starts, size = accumulate(map(len, self.pieces), initial=0)
        object.__setattr__(self, "starts", tuple(starts))
        object.__setattr__(self, "size", size)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes of the half-open range [start, stop) in pieces."""
        stop = self.size if stop is None else min(stop, self.size)
        place = max(bisect_right(self.starts, start) - 1, 0)

        while start < stop:
            first = self.starts[place]
            piece = self.pieces[place][start - first : stop - first]
            yield piece
            start += len(piece)
            place += 1

    def close(self) -> None:
        """Do nothing: the bytes are kept in memory while something refers to them."""


@dataclass(frozen=True, kw_only=True)
class UploadSession:
    """An upload between two requests.

    Appending makes a new session. So a chunk that breaks off, or loses a race, changes nothing, and
    no mutex is needed while a body is read and hashed.
    """

    upload: UploadId
    started: int
    touched: int = 0
    """When content arrived last, or else when it was started, in nanoseconds since the epoch."""
    pieces: tuple[bytes, ...] = ()
    offset: int = 0
    offset_before: int = 0
    """The offset before the last chunk that had content."""
    hasher: RunningHash = field(repr=False)
    """The hash of the pieces. The last ones may be hashed while the client sends the next chunk."""

    def check_position(self, *, offset: int | None, seen: int | None) -> None:
        """Refuse a chunk that does not continue the upload: see `registry.check_position`."""
        check_position(self.upload, self.offset, offset=offset, seen=seen)

    def append(self, content: Iterable[bytes], *, now: int = 0) -> "UploadSession":
        """Return a session with `content` appended `now`. This session stays as it is."""
        arrived = []
        hasher = self.hasher
        for piece in filter(None, content):
            hasher = hasher.extend(piece)
            arrived.append(piece)

        if not arrived:
            return self
        return replace(
            self,
            touched=now,
            pieces=(*self.pieces, *arrived),
            offset=self.offset + sum(map(len, arrived)),
            offset_before=self.offset,
            hasher=hasher,
        )

    def blob_of(self, digest: Digest, *, now: int = 0) -> Blob:
        """Return the content as a blob, stored `now`. DigestInvalid if it has another digest."""
        found = self._digest_by(algorithm_of(digest))
        if found != digest:
            reason = "provided digest did not match uploaded content"
            raise DigestInvalid(reason, digest=digest, found=found)
        return Blob(self.pieces, stored=now)

    def _digest_by(self, algorithm: str) -> Digest:
        # the request that closes the upload is the first to name another algorithm than sha256
        if algorithm == "sha256":
            return Digest(f"sha256:{self.hasher.hexdigest()}")
        return digest_of(self.pieces, algorithm)
