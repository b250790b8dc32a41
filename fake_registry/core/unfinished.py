"""`Unfinished`: the bytes that unfinished uploads take, and which uploads have expired."""

import math
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, Self

from fake_registry.core.blobs import UploadSession
from fake_registry.spec.errors import OperationDisallowed
from fake_registry.spec.names import RepositoryName, UploadId

BYTES_OF_UPLOAD: Final = 4_096
"""The memory of an upload without content, in a repository that has nothing else."""

BYTES_OF_PIECE: Final = 64
"""The memory of a piece of content besides its bytes."""

UploadKey = tuple[RepositoryName, UploadId]

_Entry = tuple[int, int]
"""When an upload was touched, in nanoseconds since the epoch, and its size."""


class Unfinished:
    """Counts the bytes of unfinished uploads, those of bodies that are still arriving included.

    Safe to use from several threads. Its uploads change with the mutex of `repositories` held.
    """

    def __init__(self, *, max_bytes: int, lifetime_ns: int) -> None:
        self._max_bytes = max_bytes
        self._lifetime_ns = lifetime_ns
        self._mutex = threading.Lock()
        self._entries: OrderedDict[UploadKey, _Entry] = OrderedDict()
        """In the order in which they were touched."""
        self._bytes = 0
        self._expiry: float = math.inf
        """A time before which no upload expires."""

    @property
    def bytes(self) -> int:
        """The bytes that are taken."""
        return self._bytes

    def reserve(self) -> "Room":
        """Return the room of one request, to be used in a `with` block."""
        return Room(self)

    def take(self, size: int) -> None:
        """Take room. OperationDisallowed, as at ACR's storage limit (acr-behaviour 12.3)."""
        with self._mutex:
            if self._bytes + size > self._max_bytes:
                limit = self._max_bytes
                reason = f"expected at most {limit} bytes of unfinished uploads, found more"
                raise OperationDisallowed(reason, limit=limit)
            self._bytes += size

    def release(self, size: int) -> None:
        """Return room that was taken."""
        with self._mutex:
            self._bytes -= size

    def put(self, repository: RepositoryName, session: UploadSession, *, taken: int) -> None:
        """Count an upload as it is now, in place of what it was and of the room that was taken."""
        key = (repository, session.upload)
        with self._mutex:
            self._bytes -= taken
            touched, _ = self._entries.get(key, (None, 0))
            if touched != session.touched:  # a chunk without content changes nothing
                self._drop(key)
                self._add(key, session)

    def remove(self, repository: RepositoryName, upload: UploadId) -> None:
        """Stop counting an upload."""
        with self._mutex:
            self._drop((repository, upload))

    def remove_all(self, repository: RepositoryName) -> None:
        """Stop counting the uploads of a repository."""
        with self._mutex:
            for key in [key for key in self._entries if key[0] == repository]:
                self._drop(key)

    def replace(self, uploads: Iterable[tuple[RepositoryName, UploadSession]]) -> None:
        """Count these uploads, and no others."""
        ordered = sorted(uploads, key=lambda item: item[1].touched)
        with self._mutex:
            self._bytes -= sum(size for _, size in self._entries.values())
            self._entries = OrderedDict()
            self._expiry = math.inf
            for repository, session in ordered:
                self._add((repository, session.upload), session)

    def find_expired(self, now: int) -> Sequence[UploadKey]:
        """Return the uploads that have expired by `now`, in nanoseconds since the epoch."""
        if now < self._expiry:
            return ()

        found = []
        with self._mutex:
            for key, (touched, _) in self._entries.items():
                self._expiry = touched + self._lifetime_ns
                if now < self._expiry:
                    break
                found.append(key)
        return found

    def has_expired(self, touched: int, now: int) -> bool:
        """Return whether an upload has expired by `now` that was touched then."""
        return now - touched >= self._lifetime_ns

    def _add(self, key: UploadKey, session: UploadSession) -> None:
        size = BYTES_OF_UPLOAD + session.offset + BYTES_OF_PIECE * len(session.pieces)
        self._entries[key] = (session.touched, size)
        self._bytes += size
        self._expiry = min(self._expiry, session.touched + self._lifetime_ns)

    def _drop(self, key: UploadKey) -> None:
        entry = self._entries.pop(key, None)
        if entry is not None:
            self._bytes -= entry[1]


class Room:
    """The bytes that one request takes while its body arrives. The end of the block returns them."""

    __slots__ = ("_unfinished", "taken")

    def __init__(self, unfinished: Unfinished) -> None:
        self._unfinished = unfinished
        self.taken = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_details: object) -> None:
        if self.taken:
            self._unfinished.release(self.taken)

    def take(self, size: int) -> None:
        """Take more bytes. OperationDisallowed."""
        self._unfinished.take(size)
        self.taken += size

    def count(self, content: Iterable[bytes]) -> Iterator[bytes]:
        """Yield the pieces of `content`, each after its bytes are taken. OperationDisallowed."""
        for piece in content:
            self.take(BYTES_OF_PIECE + len(piece))
            yield piece

    def leave(self, repository: RepositoryName, session: UploadSession) -> None:
        """Count an upload in place of this room."""
        taken, self.taken = self.taken, 0
        self._unfinished.put(repository, session, taken=taken)
