"""Times, sizes and platforms: the properties of ACR's catalog, to the nanosecond and the byte
(acr-behaviour 4.3)."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from fake_registry.clock import STEP_NS, ManualClock
from fake_registry.core.memory import MemoryRegistry
from fake_registry.images import import_image
from fake_registry.spec import media_types
from fake_registry.spec.attributes import AttributeChanges, Order
from fake_registry.spec.manifest import Manifest, Platform, read_manifest
from fake_registry.spec.names import Tag, digest_of
from tests.support.images import (
    AMD64,
    ARM64,
    HELLO,
    V1,
    V2,
    V3,
    artifact,
    cache_index,
    docker_image,
    image,
    index,
    push,
)
from tests.support.memory import TO_THE_LETTER, MakeRegistry

MINUTE = timedelta(minutes=1)
MINUTE_NS = 60 * 10**9

Times = tuple[int, int]
"""Created and updated, in nanoseconds."""


def last_reading(clock: ManualClock) -> int:
    """When the registry's last call was: a clock moves by one step at each reading."""
    return clock.now() - STEP_NS


def times_of_repository(registry: MemoryRegistry) -> Times:
    found = registry.repository_properties(HELLO)
    return found.created, found.updated


def times_of_manifest(registry: MemoryRegistry, manifest: Manifest) -> Times:
    found = registry.manifest_properties(HELLO, manifest.digest)
    return found.created, found.updated


def times_of_tag(registry: MemoryRegistry, tag: Tag) -> Times:
    found = registry.tag_properties(HELLO, tag)
    return found.created, found.updated


def test_push_sets_one_time_everywhere(registry: MemoryRegistry, clock: ManualClock) -> None:
    """Architecture: the clock is read once per call."""
    push(registry, HELLO, image(), tags=[V1, V2])
    pushed = last_reading(clock)
    assert [
        times_of_repository(registry),
        times_of_manifest(registry, image().manifest),
        times_of_tag(registry, V1),
        times_of_tag(registry, V2),
    ] == [(pushed, pushed)] * 4


def test_second_push_updates_only_the_items_it_changes(registry: MemoryRegistry, clock: ManualClock) -> None:
    """acr-behaviour 4.3: a tag that is moved has a new lastUpdateTime and keeps its createdTime; the manifest
    that loses it keeps both."""
    push(registry, HELLO, image(b"old"), tags=[V1, V2])
    first = last_reading(clock)
    clock.advance(MINUTE)
    push(registry, HELLO, image(b"new"), tags=[V2, V3])
    second = last_reading(clock)
    assert times_of_repository(registry) == (first, second)
    assert times_of_manifest(registry, image(b"old").manifest) == (first, first)
    assert times_of_manifest(registry, image(b"new").manifest) == (second, second)
    assert [times_of_tag(registry, tag) for tag in (V1, V2, V3)] == [(first, first), (first, second), (second, second)]


def test_one_more_tag_leaves_the_times_of_a_manifest(registry: MemoryRegistry, clock: ManualClock) -> None:
    """acr-behaviour 4.3: seen for an import; by a push [I]. Azure SDK live tests, list_tag_properties_order: one
    manifest, two tags, whose times differ."""
    push(registry, HELLO, image(), tags=[V2])
    first = last_reading(clock)
    clock.advance(MINUTE)
    push(registry, HELLO, image(), tags=[V1])
    second = last_reading(clock)
    assert times_of_manifest(registry, image().manifest) == (first, first)
    assert times_of_repository(registry) == (first, second)
    assert [times_of_tag(registry, tag) for tag in (V2, V1)] == [(first, first), (second, second)]
    assert registry.manifest_properties(HELLO, image().digest).tags == (V1, V2)


@pytest.mark.parametrize(
    "change",
    [
        lambda registry: push(registry, HELLO, image(), tags=[V1]),
        lambda registry: push(registry, HELLO, image()),
        lambda registry: registry.delete_tag(HELLO, V1),
        lambda registry: push(registry, HELLO, image(b"other"), tags=[V1]),
        lambda registry: push(registry, HELLO, image(b"referrer", subject=image().manifest.descriptor)),
        lambda registry: push(registry, HELLO, index(image().manifest)),
        lambda registry: registry.update_manifest_attributes(
            HELLO, image().digest, AttributeChanges(read_enabled=False)
        ),
        lambda registry: import_image(registry, registry, f"{HELLO}:{V1}", image=f"{HELLO}:{V2}"),
    ],
    ids=["same-tag", "no-tag", "tag-deleted", "tag-moved", "referrer", "index", "patch", "import"],
)
def test_manifest_keeps_its_times_and_its_place_in_lists(
    registry: MemoryRegistry, clock: ManualClock, change: Callable[[MemoryRegistry], object]
) -> None:
    """acr-behaviour 4.3."""
    push(registry, HELLO, image(), tags=[V1])
    times = times_of_manifest(registry, image().manifest)
    push(registry, HELLO, image(b"newer"))
    clock.advance(MINUTE)

    change(registry)

    assert times_of_manifest(registry, image().manifest) == times
    oldest = registry.list_manifests(HELLO, order=Order.OLDEST_FIRST).items
    newest = registry.list_manifests(HELLO, order=Order.NEWEST_FIRST).items
    assert [oldest[0].digest, newest[-1].digest] == [image().digest] * 2
    assert list(oldest) == sorted(oldest, key=lambda found: found.updated)


def test_manifest_pushed_under_another_type_is_updated(registry: MemoryRegistry, clock: ManualClock) -> None:
    """[I]: then it is not the same manifest."""
    content = image_without_media_type()
    registry.put_manifest(HELLO, read_manifest(content, media_types.OCI_ARTIFACT))
    first = last_reading(clock)
    registry.put_manifest(HELLO, read_manifest(content, media_types.ORAS_ARTIFACT))
    assert times_of_manifest(registry, read_manifest(content, media_types.OCI_ARTIFACT)) == (first, last_reading(clock))


@pytest.mark.parametrize("what", ["tag", "manifest"])
def test_delete_updates_the_repository(registry: MemoryRegistry, clock: ManualClock, what: str) -> None:
    push(registry, HELLO, image(b"kept"))
    created = last_reading(clock)
    push(registry, HELLO, image(b"gone"), tags=[V1])
    clock.advance(MINUTE)
    if what == "tag":
        registry.delete_tag(HELLO, V1)
    else:
        registry.delete_manifest(HELLO, image(b"gone").digest)
    assert times_of_repository(registry) == (created, last_reading(clock))
    assert times_of_manifest(registry, image(b"kept").manifest) == (created, created)


def test_blobs_uploads_locks_and_reads_change_no_time(registry: MemoryRegistry, clock: ManualClock) -> None:
    """A PATCH moves no time: Azure SDK for Go, UpdateTagProperties of August 2024; the rest by analogy [I]."""
    push(registry, HELLO, image(), tags=[V1])
    pushed = last_reading(clock)
    clock.advance(MINUTE)
    registry.put_blob(HELLO, digest_of(b"more"), [b"more"])
    registry.finish_upload(HELLO, registry.start_upload(HELLO).upload, digest_of(b""))
    registry.get_manifest(HELLO, V1)
    registry.update_repository_attributes(HELLO, AttributeChanges(delete_enabled=False))
    registry.update_manifest_attributes(HELLO, image().digest, AttributeChanges(delete_enabled=False))
    registry.update_tag_attributes(HELLO, V1, AttributeChanges(delete_enabled=False))
    assert [
        times_of_repository(registry),
        times_of_manifest(registry, image().manifest),
        times_of_tag(registry, V1),
    ] == [(pushed, pushed)] * 3


def test_times_are_truncated_to_units_of_100_ns() -> None:
    """acr-behaviour 4.3. A page by time, whose end is written in these units, ends exactly at an item."""
    clock = ManualClock(37)
    registry = MemoryRegistry(TO_THE_LETTER, clock=clock, new_id=str)
    push(registry, HELLO, image(), tags=[V1])
    pushed = last_reading(clock) - 37
    assert times_of_repository(registry) == times_of_manifest(registry, image().manifest) == (pushed, pushed)
    assert times_of_tag(registry, V1) == (pushed, pushed)
    registry.delete_tag(HELLO, V1)
    assert times_of_repository(registry) == (pushed, last_reading(clock) - 37)


def test_upload_status_has_its_start_time(registry: MemoryRegistry, clock: ManualClock) -> None:
    """acr-behaviour 8.1: StartedAt in the state, the same from chunk to chunk."""
    clock.advance(MINUTE)
    upload = registry.start_upload(HELLO)
    clock.advance(MINUTE)
    appended = registry.append_chunk(HELLO, upload.upload, [b"chunk"])
    started = MINUTE_NS + STEP_NS
    assert [upload.started, appended.started, registry.upload_status(HELLO, upload.upload).started] == [started] * 3


def test_tags_pushed_at_once_are_ordered_by_name(registry: MemoryRegistry) -> None:
    """Of one time, by name: an order must be total, or pages would lose items."""
    push(registry, HELLO, image(), tags=[V2, V3, V1])
    orders = (Order.OLDEST_FIRST, Order.NEWEST_FIRST)
    found = [[one.tag for one in registry.list_tag_properties(HELLO, order=order).items] for order in orders]
    assert found == [[V1, V2, V3], [V3, V2, V1]]


def size_of(registry: MemoryRegistry, manifest: Manifest) -> int:
    return registry.manifest_properties(HELLO, manifest.digest).size


def test_size_of_an_image_is_manifest_config_and_layers(registry: MemoryRegistry) -> None:
    """acr-behaviour 4.3, imageSize: 2457 + 1470 + 525 = 4452 in a recording of 2024."""
    built = image(b"l" * 2_457, config=b"c" * 1_470)
    push(registry, HELLO, built)
    assert size_of(registry, built.manifest) == 2_457 + 1_470 + len(built.manifest.content)


def test_size_of_an_index_is_its_bytes_and_the_sizes_of_its_children(registry: MemoryRegistry) -> None:
    """acr-behaviour 4.3, imageSize; an index of indexes likewise."""
    one, two = image(b"1" * 100), docker_image(b"2" * 1_000)
    inner = index(one.manifest, two.manifest)
    outer = index(inner.manifest, one.manifest)
    push(registry, HELLO, one, two, inner, outer)
    sizes = {built.digest: size_of(registry, built.manifest) for built in (one, two, inner, outer)}
    assert sizes[inner.digest] == len(inner.manifest.content) + sizes[one.digest] + sizes[two.digest]
    assert sizes[outer.digest] == len(outer.manifest.content) + sizes[inner.digest] + sizes[one.digest]


def test_index_of_blobs_has_their_sizes_and_refers_to_them(registry: MemoryRegistry) -> None:
    """moby/buildkit#2251; the figures are [I]: no metadata of such an index was seen."""
    cache = cache_index(b"l" * 100, b"c" * 10)
    push(registry, HELLO, cache, tags=[V1])
    found = registry.manifest_properties(HELLO, cache.digest)
    assert found.size == len(cache.manifest.content) + 110
    assert [(one.digest, one.platform) for one in found.references] == [(digest_of(b), None) for b in cache.blobs]
    assert registry.delete_repository(HELLO).manifests == (cache.digest,)


@pytest.mark.parametrize("blobs", [(), (b"b" * 100, b"c" * 10)])
def test_size_of_an_artifact_manifest_is_zero(registry: MemoryRegistry, blobs: tuple[bytes, ...]) -> None:
    """acr-behaviour 4.3, imageSize: recorded without blobs; with blobs [I]."""
    built = artifact(*blobs)
    push(registry, HELLO, built)
    assert size_of(registry, built.manifest) == 0


def test_size_is_that_of_the_stored_blobs_and_not_of_descriptors(make_registry: MakeRegistry) -> None:
    """A descriptor's size may be missing (Azure SDK samples, `sizeInBytes`) or wrong."""
    registry = make_registry(TO_THE_LETTER.evolve(sparse_manifests=True))
    built = image(b"l" * 100, b"never pushed", config=b"{}")
    for content in (b"l" * 100, b"{}"):
        registry.put_blob(HELLO, digest_of(content), [content])
    lying = read_manifest(built.manifest.content.replace(b'"size": 100', b'"size": 7'), media_types.OCI_MANIFEST)
    registry.put_manifest(HELLO, lying)
    assert size_of(registry, lying) == len(lying.content) + 100 + len(b"{}")


@pytest.mark.parametrize(
    ("config", "config_type", "platform"),
    [
        (b'{"architecture":"arm64","os":"linux","variant":"v8"}', media_types.OCI_CONFIG, ARM64),
        (b'{"os":"linux","architecture":"amd64"}', media_types.DOCKER_CONFIG, AMD64),
        (
            b'{"os":"windows","architecture":"amd64"}',
            media_types.OCI_CONFIG,
            Platform(architecture="amd64", os="windows"),
        ),
        (b'{"architecture":"arm64","os":"linux"}', "application/vnd.example.config+json", None),
        (b"{}", media_types.OCI_EMPTY, None),
        (b"{}", media_types.OCI_CONFIG, None),
        (b'{"os":"linux"}', media_types.OCI_CONFIG, None),
        (b'{"os":1,"architecture":"amd64"}', media_types.OCI_CONFIG, None),
        (b'["linux"]', media_types.OCI_CONFIG, None),
        (b"\xff not JSON", media_types.OCI_CONFIG, None),
        (b"", media_types.OCI_CONFIG, None),
    ],
)
def test_platform_is_read_from_the_config(
    registry: MemoryRegistry, config: bytes, config_type: str, platform: Platform | None
) -> None:
    """acr-behaviour 4.3: architecture and os are taken from the config blob, missing without an image config [I]."""
    built = image(b"layer", config=config, config_type=config_type)
    push(registry, HELLO, built)
    found = registry.manifest_properties(HELLO, built.digest)
    assert (found.platform, found.config_media_type) == (platform, config_type)


def test_platform_is_read_from_a_config_pushed_in_pieces(registry: MemoryRegistry) -> None:
    config = b'{"architecture":"arm64","os":"linux"}'
    built = image(config=config)
    registry.put_blob(HELLO, digest_of(config), [config[:9], config[9:]])
    registry.put_manifest(HELLO, built.manifest)
    assert registry.manifest_properties(HELLO, built.digest).platform == ARM64


def test_config_larger_than_a_mebibyte_is_not_read(registry: MemoryRegistry) -> None:
    """A config is read whole to find its platform: a layer's worth of bytes named as one must not be."""
    config = b'{"architecture":"arm64","os":"linux"}'
    small, large = (image(config=config.ljust(size)) for size in (1024 * 1024, 1024 * 1024 + 1))
    push(registry, HELLO, small, large)
    platforms = [registry.manifest_properties(HELLO, built.digest).platform for built in (small, large)]
    assert platforms == [ARM64, None]


def image_without_media_type() -> bytes:
    """Return an image that is an artifact without blobs under the type of one."""
    return image(b"layer").manifest.content.replace(f'   "mediaType": "{media_types.OCI_MANIFEST}",\n'.encode(), b"", 1)


def test_size_and_platform_follow_a_push_under_another_type(registry: MemoryRegistry) -> None:
    """The same bytes without `mediaType` are an image, or an artifact without blobs: the media type
    of the last push decides."""
    built = image(b"layer")
    content = image_without_media_type()
    as_artifact, as_image = (
        read_manifest(content, known) for known in (media_types.OCI_ARTIFACT, media_types.OCI_MANIFEST)
    )
    push(registry, HELLO, built)
    registry.put_manifest(HELLO, as_artifact)
    registry.put_manifest(HELLO, as_image)
    found = registry.manifest_properties(HELLO, as_image.digest)
    assert (found.media_type, found.size, found.platform) == (
        media_types.OCI_MANIFEST,
        len(content) + sum(map(len, built.blobs)),
        AMD64,
    )


def test_size_and_platform_follow_a_sparse_push_that_was_completed(make_registry: MakeRegistry) -> None:
    """A sparse manifest that is pushed again when its content is there is what it would have been at once."""
    registry = make_registry(TO_THE_LETTER.evolve(sparse_manifests=True))
    built = image(b"layer")
    registry.put_manifest(HELLO, built.manifest)
    push(registry, HELLO, built)
    found = registry.manifest_properties(HELLO, built.digest)
    assert (found.size, found.platform) == (len(built.manifest.content) + sum(map(len, built.blobs)), AMD64)
