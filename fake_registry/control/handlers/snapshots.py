"""Snapshots of content, roles and tokens."""

from fake_registry.control.controlled import Controlled
from fake_registry.control.documents import SnapshotId, SnapshotList


def list_snapshots(controlled: Controlled) -> SnapshotList:
    """The ids of all snapshots."""
    return SnapshotList(list(controlled.snapshots.ids()))


def take_snapshot(controlled: Controlled) -> SnapshotId:
    """Keep content, roles and tokens as they are now."""
    snapshot_id = controlled.new_id()
    controlled.snapshots.keep(snapshot_id, controlled.registry.snapshot())
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
