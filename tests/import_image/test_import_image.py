"""`import_image`: from one registry to another, whole or not at all."""

import pytest

from fake_registry import FakeRegistry, ManualClock
from fake_registry.remote import RemoteRegistry
from fake_registry.spec import media_types
from fake_registry.spec.attributes import AttributeChanges
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown
from fake_registry.spec.names import Tag, digest_of
from tests.import_image.names import MULTI, NAME
from tests.support.images import HELLO, cache_index, has_manifest, image, index, push, read_blob
from tests.support.memory import content_of

BOTH = f"samples/hello:1@{digest_of(b'content')}"
"""A name with a tag and a digest."""


def repositories(registry: FakeRegistry) -> list[str]:
    return list(registry.content.list_repositories().items)


def test_image_keeps_its_name_digest_and_bytes(source: FakeRegistry, target: FakeRegistry) -> None:
    pushed = source.push_image("samples/hello:1.0", layers=[b"one", b"two"])
    imported = target.import_image(source, "samples/hello:1.0")
    assert (imported.digest, imported.tag, imported.repository) == (pushed.digest, "1.0", HELLO)
    assert target.content.get_manifest(HELLO, Tag("1.0")).content == pushed.manifest.content
    reader = target.content.get_blob(HELLO, pushed.layers[1].digest)
    assert b"".join(reader.chunks()) == b"two"


def test_image_can_be_renamed(source: FakeRegistry, target: FakeRegistry) -> None:
    pushed = source.push_image("samples/hello:1.0")
    target.import_image(source, "samples/hello:1.0", image="mirror/hello:latest")
    untagged = target.import_image(source, f"samples/hello@{pushed.digest}", image="mirror/untagged")
    assert repositories(target) == ["mirror/hello", "mirror/untagged"]
    assert (untagged.tag, untagged.digest) == (None, pushed.digest)
    assert target.import_image(source, f"samples/hello@{pushed.digest}").repository == "samples/hello"


def test_index_is_imported_with_its_images(source: FakeRegistry, target: FakeRegistry) -> None:
    index = source.push_index("samples/hello:multi", platforms=["linux/amd64", "linux/arm64"])
    source.push_artifact("samples/hello", subject=index.digest, artifact_type="text/x")
    target.import_image(source, "samples/hello:multi")
    assert [one.digest for one in target.content.list_manifests(HELLO).items] == sorted(
        [index.digest, *(child.digest for child in index.children)]
    )


def test_import_within_one_registry(source: FakeRegistry) -> None:
    pushed = source.push_image("samples/hello:1.0")
    assert source.import_image(source, "samples/hello:1.0", image="samples/copy:1.0").digest == pushed.digest
    assert repositories(source) == ["samples/copy", "samples/hello"]


def test_import_from_a_remote_registry(source: FakeRegistry, remote: RemoteRegistry, target: FakeRegistry) -> None:
    pushed = source.push_index(NAME)
    assert target.import_image(remote, NAME).digest == pushed.digest
    assert len(target.content.list_manifests(HELLO).items) == 3


def test_existing_content_is_not_fetched(source: FakeRegistry, remote: RemoteRegistry) -> None:
    source.push_image("samples/hello:1.0", layers=[b"one", b"two"])
    target = FakeRegistry(clock=ManualClock())
    target.push_image("samples/hello:0.9", layers=[b"one"])
    target.import_image(remote, "samples/hello:1.0")
    fetched = source.requests.where(endpoint="blob.get")
    assert [one.path.rpartition("/")[2] for one in fetched][1:] == [digest_of(b"two")]


def test_complete_child_is_not_changed(source: FakeRegistry, target: FakeRegistry) -> None:
    """Clients ask for a child and push it only if it is absent."""
    child = source.push_index("samples/hello:1.0").children[0]
    target.import_image(source, f"samples/hello@{child.digest}")
    before = target.content.manifest_properties(HELLO, child.digest)
    target.import_image(source, "samples/hello:1.0")
    assert target.content.manifest_properties(HELLO, child.digest) == before


def test_equal_entries_are_copied_once(source: FakeRegistry, remote: RemoteRegistry, target: FakeRegistry) -> None:
    """An index of indexes whose entries are equal: 2^10 ways to the image, and 11 manifests."""
    top = image(b"layer")
    push(source.content, HELLO, top)
    for level in range(10):
        top = index(top.manifest, top.manifest, annotations={"level": str(level)})
        push(source.content, HELLO, top, tags=[MULTI])
    assert target.import_image(remote, NAME).digest == top.digest
    source.requests.assert_count(11, endpoint="manifest.get")


def test_deep_index_is_copied(source: FakeRegistry, target: FakeRegistry) -> None:
    top = image(b"layer")
    push(source.content, HELLO, top)
    for _ in range(1_500):
        top = index(top.manifest)
        push(source.content, HELLO, top, tags=[MULTI])
    assert target.import_image(source, NAME).digest == top.digest


def test_shared_manifest_is_pushed_before_its_indexes(source: FakeRegistry, target: FakeRegistry) -> None:
    """The root lists it before another index that also contains it."""
    shared = image(b"layer")
    inner = index(shared.manifest)
    outer = index(shared.manifest, inner.manifest, shared.manifest)
    push(source.content, HELLO, shared, inner, outer, tags=[MULTI])
    target.import_image(source, NAME)
    assert len(target.content.list_manifests(HELLO).items) == 3


@pytest.mark.parametrize("media_type", [media_types.OCI_INDEX, media_types.DOCKER_LIST])
def test_children_that_are_blobs_are_copied_as_blobs(
    source: FakeRegistry, remote: RemoteRegistry, target: FakeRegistry, media_type: str
) -> None:
    """moby/buildkit#2251: a cache, here beside an image and within another index."""
    child = image(b"child")
    cache = cache_index(b"layer", b"config", children=(child.manifest,), media_type=media_type)
    push(source.content, HELLO, child, cache, index(cache.manifest), tags=[MULTI])

    for registry in (source, remote):
        target.reset()
        target.import_image(registry, NAME)
        assert [read_blob(target.content, HELLO, digest_of(blob)) for blob in cache.blobs] == [*cache.blobs]
        assert has_manifest(target.content, HELLO, child.digest)
        assert not has_manifest(target.content, HELLO, digest_of(b"layer"))


def test_child_that_is_a_blob_is_copied_as_a_blob_whatever_its_type(source: FakeRegistry, target: FakeRegistry) -> None:
    child = image(b"layer")
    source.content.put_blob(HELLO, child.digest, [child.manifest.content])
    source.content.put_manifest(HELLO, index(child.manifest).manifest, tags=[MULTI])

    target.import_image(source, NAME)

    assert read_blob(target.content, HELLO, child.digest) == child.manifest.content
    assert not has_manifest(target.content, HELLO, child.digest)


@pytest.mark.parametrize("gone", ["layer", "child"])
def test_absent_child_leaves_the_target_empty(source: FakeRegistry, target: FakeRegistry, gone: str) -> None:
    child = image(b"in the child")
    push(source.content, HELLO, child, cache_index(b"layer", b"config", children=(child.manifest,)), tags=[MULTI])
    if gone == "layer":
        source.content.delete_blob(HELLO, digest_of(b"layer"))
    else:
        source.content.delete_manifest(HELLO, child.digest)

    with pytest.raises(ManifestUnknown, match=digest_of(b"layer") if gone == "layer" else child.digest):
        target.import_image(source, NAME)
    assert target.content.snapshot().repositories == ()


def test_absent_image_or_blob_leaves_the_target_empty(source: FakeRegistry, target: FakeRegistry) -> None:
    with pytest.raises(ManifestUnknown):
        target.import_image(source, "samples/hello:1.0")
    pushed = source.push_image("samples/hello:1.0", layers=[b"one", b"two"])
    source.content.delete_blob(HELLO, pushed.layers[1].digest)
    with pytest.raises(BlobUnknown):
        target.import_image(source, "samples/hello:1.0")
    assert target.content.snapshot().repositories == ()


@pytest.mark.parametrize("name", ["samples/hello", "samples/hello:", "Upper:1", "samples/hello@sha256:1", BOTH])
def test_malformed_name_is_refused(source: FakeRegistry, target: FakeRegistry, name: str) -> None:
    with pytest.raises(Exception, match="expected") as refused:
        target.import_image(source, name)
    assert type(refused.value).__name__ in ("ValueError", "TagInvalid", "NameInvalid", "DigestInvalid")


# tags that are there


@pytest.mark.parametrize("same", [True, False])
def test_existing_tag_is_moved_only_with_force(source: FakeRegistry, target: FakeRegistry, *, same: bool) -> None:
    """ACR 2019-05-01, ImportMode: NoForce fails before any copying, also where nothing would change [I]."""
    pushed = source.push_image("samples/hello:1.0", layers=[b"new"])
    target.push_image("samples/hello:1.0", layers=[b"new" if same else b"old"])
    before = content_of(target.content)
    with pytest.raises(ValueError, match=r"^expected no tag 1\.0 in samples/hello, found one; force=True moves it$"):
        target.import_image(source, "samples/hello:1.0")
    assert content_of(target.content) == before
    target.import_image(source, "samples/hello:1.0", force=True)
    assert target.content.get_manifest(HELLO, Tag("1.0")).digest == pushed.digest


def test_unreadable_tag_counts_as_existing(source: FakeRegistry, target: FakeRegistry) -> None:
    source.push_image("samples/hello:1.0")
    target.push_image("samples/hello:1.0")
    target.content.update_tag_attributes(HELLO, Tag("1.0"), AttributeChanges(read_enabled=False))
    with pytest.raises(ValueError, match="force=True"):
        target.import_image(source, "samples/hello:1.0")


def test_force_is_not_needed_for_another_tag_or_none(source: FakeRegistry, target: FakeRegistry) -> None:
    pushed = source.push_image("samples/hello:1.0")
    target.import_image(source, "samples/hello:1.0")
    target.import_image(source, "samples/hello:1.0", image="samples/hello:2.0")
    assert target.import_image(source, f"samples/hello@{pushed.digest}").digest == pushed.digest
