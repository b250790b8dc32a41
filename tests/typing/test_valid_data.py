"""Strategies of valid data, each with the type that it draws."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_type

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from fake_registry import Descriptor
from pytest_acr.strategies import (
    AcceptHeader,
    BearerToken,
    ImageGraph,
    LayoutFiles,
    LockChange,
    MediaRange,
    PageWalk,
    RangeHeader,
    ScopedResource,
    ScopeText,
    UploadScript,
    UploadStep,
    accept_headers,
    annotations,
    bearer_tokens,
    blobs,
    byte_ranges,
    chunkings,
    descriptors,
    digests,
    image_graphs,
    layouts,
    lock_changes,
    manifests,
    page_walks,
    repository_names,
    scope_texts,
    tags,
    upload_scripts,
)

NAMES: list[SearchStrategy[str]] = [digests("sha256"), repository_names(), tags()]


@given(st.one_of(NAMES))
def test_names_are_texts(name: str) -> None:
    assert name.isascii()


@given(st.data())
def test_content(data: DataObject) -> None:
    content = assert_type(data.draw(blobs(max_size=100)), bytes)
    chunks = assert_type(data.draw(chunkings(content)), list[bytes])
    manifest, media_type = assert_type(data.draw(manifests()), tuple[bytes, str])

    assert b"".join(chunks) == content
    assert manifest
    assert "manifest" in media_type or "index" in media_type
    assert_type(data.draw(annotations()), dict[str, str])
    assert_type(data.draw(descriptors()), Descriptor)


@given(image_graphs())
def test_image_graph(graph: ImageGraph) -> None:
    assert_type(graph.blobs, tuple[bytes, ...])
    pushed: set[str] = {manifest.digest for manifest in graph.manifests}
    tagged: Mapping[str, str] = {str(tag): digest for tag, digest in graph.tags.items()}

    assert pushed >= {*tagged.values()}


@given(layouts())
def test_layout(layout: LayoutFiles) -> None:
    assert_type(layout.graph, ImageGraph)
    with TemporaryDirectory() as folder:
        layout.write_to(Path(folder))
        written = {file.name for file in Path(folder).iterdir()}

    assert written >= {"index.json", "oci-layout"}


@given(accept_headers(), byte_ranges(10))
def test_headers(accept: AcceptHeader, ranges: RangeHeader) -> None:
    assert_type(accept.ranges, tuple[MediaRange, ...])
    assert_type(accept.weight_of("application/json"), int)
    assert_type(ranges.parts, tuple[tuple[int, int], ...] | None)
    assert assert_type(accept.text, str) == ", ".join(accept.lines)
    assert assert_type(ranges.size, int) == 10


@given(bearer_tokens(), scope_texts(), lock_changes())
def test_permissions(token: BearerToken, scope: ScopeText, lock: LockChange) -> None:
    resources = assert_type(scope.resources, tuple[ScopedResource, ...])

    assert assert_type(token.authorization, str).endswith(token.text)
    assert all(isinstance(assert_type(one.actions, tuple[str, ...]), tuple) for one in resources)
    assert_type(lock.applied_to({"writeEnabled": True}), Mapping[str, bool])
    assert assert_type(lock.content, bytes)


@given(page_walks(["a", "b", "c"], by_time=True), upload_scripts())
def test_requests(walk: PageWalk, upload: UploadScript) -> None:
    pages = assert_type(walk.pages_of(["a", "b", "c"]), list[Sequence[str]])
    steps = assert_type(upload.steps, tuple[UploadStep, ...])

    assert {item for page in pages for item in page} <= {"a", "b", "c"}
    assert all(isinstance(assert_type(step.data, bytes), bytes) for step in steps)
