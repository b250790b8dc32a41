"""Strategies of broken data: each value names its flaw."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import assert_type

from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from pytest_acr.strategies import (
    BrokenAcceptHeader,
    BrokenAuthorization,
    BrokenLayoutFiles,
    BrokenLockChange,
    BrokenManifest,
    BrokenPageQuery,
    BrokenRangeHeader,
    BrokenScopeText,
    BrokenUploadScript,
    HostileText,
    broken_accept_headers,
    broken_authorizations,
    broken_byte_ranges,
    broken_digests,
    broken_layouts,
    broken_lock_changes,
    broken_manifests,
    broken_names,
    broken_page_queries,
    broken_scope_texts,
    broken_tags,
    broken_upload_scripts,
    hostile_headers,
    hostile_paths,
)

NAMES: list[SearchStrategy[str]] = [broken_digests(), broken_names(), broken_tags()]

BrokenText = BrokenAcceptHeader | BrokenAuthorization | BrokenRangeHeader | BrokenScopeText
TEXTS: list[SearchStrategy[BrokenText]] = [
    broken_accept_headers(),
    broken_authorizations(),
    broken_byte_ranges(),
    broken_scope_texts(),
]

BrokenContent = BrokenManifest | BrokenLockChange
CONTENTS: list[SearchStrategy[BrokenContent]] = [broken_manifests(), broken_lock_changes()]


@given(st.one_of(NAMES))
def test_broken_names_are_texts(name: str) -> None:
    assert isinstance(name, str)


@given(st.one_of(TEXTS))
def test_broken_texts_name_their_flaw(broken: BrokenText) -> None:
    assert isinstance(assert_type(broken.text, str), str)
    assert assert_type(broken.flaw, str)


@given(st.one_of(CONTENTS))
def test_broken_contents_name_their_flaw(broken: BrokenContent) -> None:
    assert isinstance(assert_type(broken.content, bytes), bytes)
    assert assert_type(broken.flaw, str)


@given(broken_page_queries(by_time=True), broken_upload_scripts())
def test_broken_requests_name_their_flaw(query: BrokenPageQuery, upload: BrokenUploadScript) -> None:
    assert assert_type(query.query, str)
    assert assert_type(query.flaw, str)
    assert assert_type(upload.flaw, str)
    assert upload.steps


@given(broken_layouts())
def test_broken_layout_is_written(layout: BrokenLayoutFiles) -> None:
    assert assert_type(layout.flaw, str)
    with TemporaryDirectory() as folder:
        layout.write_to(Path(folder))


@given(st.one_of([hostile_headers(), hostile_paths()]))
def test_hostile_texts_name_their_kind(hostile: HostileText) -> None:
    assert assert_type(hostile.kind, str)
    assert assert_type(hostile.sendable, bool) in (True, False)
