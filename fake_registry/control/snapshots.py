"""`Snapshots`: the snapshots that clients took, bounded in number, and in bytes by a reset."""

import threading
from collections.abc import Iterable

from werkzeug.exceptions import Conflict, NotFound

from fake_registry.core.repositories import ContentSnapshot
from fake_registry.inspection import Snapshot

MAX_SNAPSHOTS = 100
"""The most snapshots at a time."""


class Snapshots:
    """Snapshots by their ids, in the order in which they were taken. Safe to use from threads."""

    def __init__(self, *, max_bytes: int) -> None:
        """`max_bytes` is what they keep through a reset."""
        self._max_bytes = max_bytes
        self._mutex = threading.Lock()
        self._kept: dict[str, tuple[Snapshot, int]] = {}
        self._remark = ""

    def keep(self, snapshot_id: str, snapshot: Snapshot, time: int) -> None:
        """Keep a snapshot of a time, in nanoseconds since the epoch. Conflict if there are too many."""
        with self._mutex:
            if len(self._kept) >= MAX_SNAPSHOTS:
                remedy = "DELETE those that are no longer needed"
                raise Conflict(f"expected at most {MAX_SNAPSHOTS} snapshots, found more: {remedy}")
            self._kept[snapshot_id] = snapshot, time

    def all(self) -> dict[str, tuple[Snapshot, int]]:
        """Return all snapshots and their times by their ids, in the order in which they were taken."""
        with self._mutex:
            return dict(self._kept)

    def find(self, snapshot_id: str) -> Snapshot:
        """Return a snapshot. NotFound."""
        with self._mutex:
            if snapshot_id in self._kept:
                return self._kept[snapshot_id][0]
            known = ", ".join(self._kept) or "none"

        raise NotFound(f"there is no snapshot {snapshot_id[:100]!r}; there are {known}{self._remark}")

    def remove(self, snapshot_id: str) -> None:
        """Forget a snapshot. NotFound."""
        self.find(snapshot_id)
        with self._mutex:
            self._kept.pop(snapshot_id, None)

    def clear(self) -> None:
        """Forget all snapshots."""
        with self._mutex:
            self._kept = {}

    def trim(self) -> None:
        """Forget the snapshots that have no room in `max_bytes`; the first ones have precedence."""
        with self._mutex:
            kept: dict[str, tuple[Snapshot, int]] = {}
            for snapshot_id, one in self._kept.items():
                if _bytes_of(snapshot for snapshot, _ in [*kept.values(), one]) <= self._max_bytes:
                    kept[snapshot_id] = one

            if len(kept) < len(self._kept):
                self._remark = f"; a reset has dropped those beyond {self._max_bytes} bytes"
            self._kept = kept


def _bytes_of(snapshots: Iterable[Snapshot]) -> int:
    """Return the bytes of several snapshots. Content that they share counts once."""
    repositories = [state for one in snapshots for state in one.content.repositories]
    return ContentSnapshot(tuple(repositories)).kept_bytes
