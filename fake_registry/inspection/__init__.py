"""Looking at a fake's content, whatever its attributes say. No request is recorded."""

from fake_registry.inspection.lookup import (
    find_image,
    has_image,
    list_repositories,
    list_tags,
    read_blob,
)
from fake_registry.inspection.snapshot import Snapshot

__all__ = [
    "Snapshot",
    "find_image",
    "has_image",
    "list_repositories",
    "list_tags",
    "read_blob",
]
