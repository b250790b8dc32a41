"""Snapshots of content, roles and tokens."""

from fake_registry.control.controlled import Controlled
from fake_registry.control.documents import SnapshotEntry, SnapshotId, SnapshotList
from fake_registry.inspection import Snapshot


def list_snapshots(controlled: Controlled) -> SnapshotList:
    """The ids of all snapshots, with their times and the sizes of their content."""
    kept = controlled.snapshots.all()
    return SnapshotList(list(kept), [_entry_of(name, *one) for name, one in kept.items()])


def take_snapshot(controlled: Controlled) -> SnapshotId:
    """Keep content, roles and tokens as they are now."""
    snapshot_id = controlled.new_id()
    registry = controlled.registry
    controlled.snapshots.keep(snapshot_id, registry.snapshot(), registry.clock.now())
    return SnapshotId(snapshot_id)


def restore_snapshot(controlled: Controlled, body: SnapshotId) -> None:
    """Return to a snapshot; faults, recorded requests and the clock stay."""
    controlled.registry.restore(controlled.snapshots.find(body.id))


def remove_snapshot(controlled: Controlled, snapshot_id: str) -> None:
    """Forget a snapshot."""
    controlled.snapshots.remove(snapshot_id)


def clear_snapshots(controlled: Controlled) -> None:
    """Forget all snapshots."""
    controlled.snapshots.clear()


def _entry_of(snapshot_id: str, snapshot: Snapshot, time: int) -> SnapshotEntry:
    existing = [state for state in snapshot.content.repositories if state.exists]
    return SnapshotEntry(snapshot_id, time, len(existing), sum(len(state.tags) for state in existing))
