"""Looking at a fake's content, whatever its attributes say. No request is recorded."""

from fake_registry.inspection.differences import ChangedAttribute, MovedTag, RegistryDiff, diff
from fake_registry.inspection.graph import ContentEdge, ContentGraph, ContentNode, graph_of
from fake_registry.inspection.lookup import (
    find_image,
    has_image,
    list_digests,
    list_repositories,
    list_tags,
    read_blob,
)
from fake_registry.inspection.snapshot import Snapshot
from fake_registry.inspection.tree import RegistryTree, tree_of

__all__ = [
    "ChangedAttribute",
    "ContentEdge",
    "ContentGraph",
    "ContentNode",
    "MovedTag",
    "RegistryDiff",
    "RegistryTree",
    "Snapshot",
    "diff",
    "find_image",
    "graph_of",
    "has_image",
    "list_digests",
    "list_repositories",
    "list_tags",
    "read_blob",
    "tree_of",
]
