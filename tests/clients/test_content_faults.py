"""The content client, sync and async, on a line that breaks: the same bytes or a documented error, and a registry
that holds no blob under a digest that it has not."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry import Corrupt, Disconnect, FakeRegistry, Fault, ManualClock, Refuse, Settings, Truncate
from fake_registry.http.faults import Effect
from pytest_acr import ContainerRegistryContentClient, connect
from pytest_acr.strategies import chunkings
from tests.clients.content import DOCUMENTED, Dribble
from tests.support.clients import HELLO, blocking_content, digest_of

effects: st.SearchStrategy[Effect] = st.one_of(
    st.just(Disconnect()),
    st.builds(Truncate, st.integers(0, 20)),
    st.builds(Corrupt, st.integers(0, 20)),
    st.builds(Refuse, st.sampled_from((429, 500, 503, 404, 416))),
)


def faults_at(*endpoints: str) -> st.SearchStrategy[list[Fault]]:
    """Draw one or two faults, most of which strike."""
    fault = st.builds(
        Fault,
        st.sampled_from(endpoints),
        effects,
        when=st.sampled_from((None, None, "door", "before", "after")),
        skip=st.sampled_from((0, 0, 0, 1, 2)),
        times=st.sampled_from((1, 2, None)),
        optional=st.just(True),
    )
    return st.lists(fault, min_size=1, max_size=2)


contents = st.binary(max_size=100)
every_flavour = pytest.mark.parametrize("flavour", ["sync", "aio"])


@every_flavour
@given(contents, st.integers(1, 60), st.none() | st.integers(1, 30), st.data(), faults_at("upload.*", "oauth.*", "*"))
def test_upload_stores_the_whole_blob_or_raises(
    flavour: str, content: bytes, chunk_bytes: int, step: int | None, data: st.DataObject, faults: list[Fault]
) -> None:
    """However the content is cut: by `step`, how much a stream gives at a time, or into pieces of any length."""
    source = Dribble(content, step) if step else iter(data.draw(chunkings(content)))
    with _connect(flavour) as (registry, client):
        _add(registry, faults)
        try:
            found: object = client.upload_blob(source, chunk_bytes=chunk_bytes).digest
        except DOCUMENTED as error:
            found = error
        stored = _checked_blobs(registry)
    if isinstance(found, Exception):
        assert HELLO in str(found)
    else:
        assert stored == {found: content} == {digest_of(content): content}


@every_flavour
@given(contents, st.integers(1, 60), faults_at("blob.get", "storage.blob", "storage.blob", "oauth.*"))
def test_download_returns_the_whole_blob_or_raises(
    flavour: str, content: bytes, chunk_bytes: int, faults: list[Fault]
) -> None:
    with _connect(flavour) as (registry, client):
        digest = client.upload_blob(content, chunk_bytes=chunk_bytes).digest
        _add(registry, faults)
        try:
            found: object = client.download_blob_content(digest).content
        except DOCUMENTED as error:
            found = error
    assert found == content or (HELLO in str(found) and isinstance(found, Exception)), found


def _add(registry: FakeRegistry, faults: list[Fault]) -> None:
    """Put faults in force, without those that an earlier one would never let act."""
    for fault in faults:
        with suppress(ValueError):
            registry.faults.add(fault)


@contextmanager
def _connect(flavour: str) -> Iterator[tuple[FakeRegistry, ContainerRegistryContentClient]]:
    registry = FakeRegistry(Settings(), clock=ManualClock())
    with connect(registry) as connection, asyncio.Runner() as runner:
        aio = flavour == "aio"
        client = blocking_content(connection.aio_content_client(HELLO), runner) if aio else None
        yield registry, client or connection.content_client(HELLO)


def _checked_blobs(registry: FakeRegistry) -> dict[str, bytes]:
    """Return the stored blobs, after a check of each against its digest."""
    stored = {
        str(digest): b"".join(blob.chunks())
        for repository in registry.content.snapshot().repositories
        for digest, blob in repository.blobs.items()
    }
    assert all(digest == digest_of(content) for digest, content in stored.items()), stored
    return stored
