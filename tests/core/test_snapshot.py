"""`MemoryRegistry.snapshot` and `restore`: the content returns, later content is removed."""

from collections.abc import Iterator

import pytest

from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.state import RepositoryState
from fake_registry.spec.attributes import AttributeChanges, Page
from fake_registry.spec.errors import BlobUploadInvalid, BlobUploadUnknown
from fake_registry.spec.names import digest_of
from tests.support.images import HELLO, OTHER, V1, V2, blob_of, image, index, push
from tests.support.memory import content_of


def fill(registry: MemoryRegistry) -> None:
    """Push something of each kind."""
    child, sbom = image(b"child"), image(b"sbom", subject=image(b"child").manifest.descriptor)
    push(registry, HELLO, child, sbom, index(child.manifest), tags=[V1, V2])
    push(registry, OTHER, image(b"other"), tags=[V1])
    registry.update_tag_attributes(HELLO, V2, AttributeChanges(delete_enabled=False))
    registry.append_chunk(HELLO, registry.start_upload(HELLO).upload, [b"begun"])


def change_everything(registry: MemoryRegistry) -> None:
    """Touch every table of `HELLO`, remove `OTHER`."""
    push(registry, HELLO, image(b"since", subject=image(b"child").manifest.descriptor), tags=[V1])
    registry.delete_manifest(HELLO, image(b"sbom", subject=image(b"child").manifest.descriptor).digest)
    registry.delete_blob(HELLO, digest_of(b"child"))
    registry.update_repository_attributes(HELLO, AttributeChanges(list_enabled=False))
    registry.update_manifest_attributes(HELLO, image(b"child").digest, AttributeChanges(read_enabled=False))
    registry.start_upload(HELLO)
    registry.delete_repository(OTHER)


def test_restore_returns_to_the_content_of_the_snapshot(registry: MemoryRegistry) -> None:
    fill(registry)
    before, snapshot = content_of(registry), registry.snapshot()
    change_everything(registry)
    changed = content_of(registry)
    registry.restore(snapshot)
    assert (content_of(registry), changed == before) == (before, False)


@pytest.mark.parametrize("table", ["referrers", "tags_of", "manifests", "tag_index"])
def test_planted_table_that_a_snapshot_shares_is_found(
    registry: MemoryRegistry,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
) -> None:
    """The indexes in a table are shared as well if a copy of it is shallow."""
    independent = RepositoryState.copy

    def share_table(state: RepositoryState) -> RepositoryState:
        twin = independent(state)
        shared = getattr(state, table)
        setattr(twin, table, dict(shared) if table in ("referrers", "tags_of") else shared)
        return twin

    monkeypatch.setattr(RepositoryState, "copy", share_table)
    fill(registry)
    before, snapshot = content_of(registry), registry.snapshot()
    change_everything(registry)
    registry.restore(snapshot)

    assert content_of(registry) != before


def test_snapshot_can_be_restored_again_and_again(registry: MemoryRegistry) -> None:
    """Later changes of the registry do not change the snapshot."""
    fill(registry)
    before, snapshot = content_of(registry), registry.snapshot()
    for _ in range(2):
        registry.restore(snapshot)
        change_everything(registry)
    registry.restore(snapshot)
    assert content_of(registry) == before


def test_empty_snapshot_empties_the_registry(registry: MemoryRegistry) -> None:
    empty, before = registry.snapshot(), content_of(registry)
    fill(registry)
    registry.restore(empty)
    assert (content_of(registry), registry.list_repositories()) == (before, Page([]))


def test_repository_without_manifests_is_restored(registry: MemoryRegistry) -> None:
    registry.put_blob(HELLO, digest_of(b"blob"), [b"blob"])
    snapshot = registry.snapshot()
    registry.delete_blob(HELLO, digest_of(b"blob"))
    registry.restore(snapshot)
    assert (registry.stat_blob(HELLO, digest_of(b"blob")), registry.list_repositories()) == (blob_of(b"blob"), Page([]))


def test_restored_upload_continues_at_its_offset(registry: MemoryRegistry) -> None:
    """The running hash is the snapshot's, not that of the bytes which came since."""
    upload = registry.start_upload(HELLO).upload
    registry.append_chunk(HELLO, upload, [b"hello, "])
    snapshot = registry.snapshot()
    registry.append_chunk(HELLO, upload, [b"nobody"])
    since = registry.start_upload(HELLO).upload
    registry.restore(snapshot)
    with pytest.raises(BlobUploadUnknown):
        registry.upload_status(HELLO, since)
    tail = [b"registry"]
    assert registry.finish_upload(HELLO, upload, digest_of(b"hello, registry"), tail=tail) == blob_of(
        b"hello, registry"
    )


def test_restore_reopens_a_finished_upload(registry: MemoryRegistry) -> None:
    upload = registry.start_upload(HELLO).upload
    snapshot = registry.snapshot()
    registry.finish_upload(HELLO, upload, digest_of(b"one"), tail=[b"one"])
    registry.restore(snapshot)
    assert registry.finish_upload(HELLO, upload, digest_of(b"two"), tail=[b"two"]) == blob_of(b"two")


def test_chunk_started_before_a_restore_is_refused(registry: MemoryRegistry) -> None:
    """The upload has the same offset as before, with other bytes: an offset alone is no check."""
    upload = registry.start_upload(HELLO).upload
    snapshot = registry.snapshot()
    registry.append_chunk(HELLO, upload, [b"before "])

    def late_body() -> Iterator[bytes]:
        registry.restore(snapshot)
        registry.append_chunk(HELLO, upload, [b"after, "])
        yield b"late"

    with pytest.raises(BlobUploadInvalid):
        registry.append_chunk(HELLO, upload, late_body())
    assert registry.finish_upload(HELLO, upload, digest_of(b"after, ")) == blob_of(b"after, ")
