"""Bytes at rest and bytes arriving: immutable values. Who holds which is `state`'s, when they change `memory`'s."""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import accumulate

from fake_registry.core.registry import check_position
from fake_registry.spec.errors import DigestInvalid
from fake_registry.spec.hashing import AsideHasher
from fake_registry.spec.names import Digest, UploadId, algorithm_of, digest_of


@dataclass(frozen=True)
class Blob:
    """A rope: content in the pieces it arrived in, never joined. Serves as its own `BlobReader`."""

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
        stop = self.size if stop is None else min(stop, self.size)
        place = max(bisect_right(self.starts, start) - 1, 0)
        while start < stop:
            first = self.starts[place]
            piece = self.pieces[place][start - first : stop - first]
            yield piece
            start += len(piece)
            place += 1

    def close(self) -> None:
        """Nothing to give back: the bytes live as long as somebody refers to them."""


@dataclass(frozen=True, kw_only=True)
class UploadSession:
    """An upload between two requests. Extending one makes a new one, so that a chunk which breaks off, or loses a
    race, has changed nothing and no mutex is needed while a body is read and hashed."""

    upload: UploadId
    started: int
    pieces: tuple[bytes, ...] = ()
    offset: int = 0
    hasher: "hashlib._Hash" = field(default_factory=hashlib.sha256, repr=False)

    def check_position(self, *, offset: int | None, seen: int | None) -> None:
        """Refuse a caller who thinks that the upload is elsewhere. BlobUploadRangeInvalid, BlobUploadInvalid."""
        check_position(self.upload, self.offset, offset=offset, seen=seen)

    def extended(self, content: Iterable[bytes]) -> "UploadSession":
        """Return the session with `content` appended."""
        arrived = []
        with AsideHasher(self.hasher.copy()) as hasher:
            for piece in filter(None, content):
                hasher.update(piece)
                arrived.append(piece)
        if not arrived:
            return self
        return replace(
            self,
            pieces=(*self.pieces, *arrived),
            offset=self.offset + sum(map(len, arrived)),
            hasher=hasher.finished,
        )

    def content_of(self, digest: Digest, *, now: int = 0) -> Blob:
        """Return all that arrived as a blob, stored `now`. DigestInvalid if it is not `digest`'s content."""
        algorithm = algorithm_of(digest)
        # only sha256 runs along; another algorithm is first named when the upload is closed
        found = f"sha256:{self.hasher.hexdigest()}" if algorithm == "sha256" else digest_of(self.pieces, algorithm)
        if found != digest:
            raise DigestInvalid("provided digest did not match uploaded content", digest=digest, found=found)
        return Blob(self.pieces, stored=now)
