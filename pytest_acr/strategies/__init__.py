"""Hypothesis strategies for OCI data, valid and broken.

Valid data covers everything that the documents allow, not only what clients usually send: names
that contain words of the URL grammar, manifests with unknown fields, keys in any order. Broken data
has exactly one flaw, and names it. Values with a meaning, such as a Range, compute that meaning from
the numbers and names that were drawn.

Sources: distribution-spec v1.1.1 (names, tags, uploads, lists); image-spec v1.1 (Descriptors, Image
Manifest, Image Index, Annotations, Image Layout); RFC 9110 (Range, Accept); ACR 2021-07-01 (orders,
locks); CNCF distribution, Token Scope Documentation. The grammars are written out here and do not
come from `fake_registry.spec`: a strategy that drew from the pattern under test would repeat its
bugs.
"""

from pytest_acr.strategies.accept import (
    AcceptHeader,
    BrokenAcceptHeader,
    MediaRange,
    accept_headers,
    broken_accept_headers,
)
from pytest_acr.strategies.broken import BrokenManifest, broken_digests, broken_manifests, broken_names, broken_tags
from pytest_acr.strategies.broken_layout import BrokenLayoutFiles, broken_layouts
from pytest_acr.strategies.broken_uploads import BrokenUploadScript, broken_upload_scripts
from pytest_acr.strategies.content import blobs, chunkings
from pytest_acr.strategies.documents import annotations, descriptors, manifests
from pytest_acr.strategies.graphs import ImageGraph, image_graphs
from pytest_acr.strategies.hostile import HostileText, hostile_headers, hostile_paths
from pytest_acr.strategies.layout import LayoutFiles, layouts
from pytest_acr.strategies.locks import BrokenLockChange, LockChange, broken_lock_changes, lock_changes
from pytest_acr.strategies.names import digests, repository_names, tags
from pytest_acr.strategies.pages import BrokenPageQuery, PageWalk, broken_page_queries, page_walks
from pytest_acr.strategies.ranges import BrokenRangeHeader, RangeHeader, broken_byte_ranges, byte_ranges
from pytest_acr.strategies.scopes import BrokenScopeText, ScopedResource, ScopeText, broken_scope_texts, scope_texts
from pytest_acr.strategies.tokens import BearerToken, BrokenAuthorization, bearer_tokens, broken_authorizations
from pytest_acr.strategies.uploads import UploadScript, UploadStep, upload_scripts

__all__ = [
    "AcceptHeader",
    "BearerToken",
    "BrokenAcceptHeader",
    "BrokenAuthorization",
    "BrokenLayoutFiles",
    "BrokenLockChange",
    "BrokenManifest",
    "BrokenPageQuery",
    "BrokenRangeHeader",
    "BrokenScopeText",
    "BrokenUploadScript",
    "HostileText",
    "ImageGraph",
    "LayoutFiles",
    "LockChange",
    "MediaRange",
    "PageWalk",
    "RangeHeader",
    "ScopeText",
    "ScopedResource",
    "UploadScript",
    "UploadStep",
    "accept_headers",
    "annotations",
    "bearer_tokens",
    "blobs",
    "broken_accept_headers",
    "broken_authorizations",
    "broken_byte_ranges",
    "broken_digests",
    "broken_layouts",
    "broken_lock_changes",
    "broken_manifests",
    "broken_names",
    "broken_page_queries",
    "broken_scope_texts",
    "broken_tags",
    "broken_upload_scripts",
    "byte_ranges",
    "chunkings",
    "descriptors",
    "digests",
    "hostile_headers",
    "hostile_paths",
    "image_graphs",
    "layouts",
    "lock_changes",
    "manifests",
    "page_walks",
    "repository_names",
    "scope_texts",
    "tags",
    "upload_scripts",
]
