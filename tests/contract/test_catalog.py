"""ACR data plane API 2021-07-01, properties and lists of repositories, manifests and tags;
acr-behaviour 4 and 6."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from fake_registry.spec import media_types
from fake_registry.spec.attributes import (
    UNLOCKED,
    After,
    AttributeChanges,
    ManifestProperties,
    ManifestReference,
    Name,
    Order,
    Page,
    RepositoryProperties,
    TagProperties,
    TimePosition,
)
from fake_registry.spec.errors import ManifestUnknown, NameUnknown, RegistryError, TagUnknown
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.support.backends import AcrRegistry
from tests.support.images import (
    ABSENT,
    AMD64,
    ARM64,
    HELLO,
    NOWHERE,
    OTHER,
    V1,
    V2,
    V3,
    docker_image,
    image,
    index,
    pages_of,
    push,
)

LOCKED = AttributeChanges(delete_enabled=False, write_enabled=False, read_enabled=False, list_enabled=False)

Call = Callable[[AcrRegistry, RepositoryName], object]


def test_repository_properties(azure: AcrRegistry) -> None:
    """Repository - Get Properties."""
    push(azure, HELLO, image(b"one"), image(b"two"), tags=[V1, V2, V3])
    found = azure.repository_properties(HELLO)

    assert found == RepositoryProperties(
        name=HELLO,
        created=found.created,
        updated=found.updated,
        manifest_count=2,
        tag_count=3,
        attributes=UNLOCKED,
    )
    assert found.created < found.updated


def test_tag_properties(azure: AcrRegistry) -> None:
    """Tag - Get Properties."""
    push(azure, HELLO, image(), tags=[V1])
    found = azure.tag_properties(HELLO, V1)

    assert found == TagProperties(
        repository=HELLO,
        tag=V1,
        digest=image().digest,
        created=found.created,
        updated=found.created,
        attributes=UNLOCKED,
    )


def test_manifest_properties_of_an_image(azure: AcrRegistry) -> None:
    """Manifest - Get Properties: platform and config type from the config; imageSize is layers, config and manifest."""
    built = docker_image(b"layer", config=b'{"os": "linux", "architecture": "arm64"}')
    push(azure, HELLO, built, tags=[V2, V1])
    found = azure.manifest_properties(HELLO, built.digest)

    assert found == ManifestProperties(
        repository=HELLO,
        digest=built.digest,
        media_type=media_types.DOCKER_MANIFEST,
        size=len(built.manifest.content) + len(b"layer") + len(built.blobs[0]),
        created=found.created,
        updated=found.created,
        platform=ARM64,
        config_media_type=media_types.DOCKER_CONFIG,
        tags=(V1, V2),
        attributes=UNLOCKED,
    )


def test_manifest_properties_of_an_index(azure: AcrRegistry) -> None:
    """Manifest - Get Properties: an index has references, and neither platform nor config type; its imageSize is its
    own bytes and its children's sizes."""
    amd64, arm64 = image(b"amd64 layer"), docker_image(b"arm64 layer")
    both = index(amd64.manifest, arm64.manifest, platforms=[AMD64])
    push(azure, HELLO, amd64, arm64, both)
    found = azure.manifest_properties(HELLO, both.digest)
    children = [azure.manifest_properties(HELLO, built.digest).size for built in (amd64, arm64)]

    assert found == ManifestProperties(
        repository=HELLO,
        digest=both.digest,
        media_type=media_types.OCI_INDEX,
        size=len(both.manifest.content) + sum(children),
        created=found.created,
        updated=found.created,
        platform=None,
        config_media_type=None,
        tags=(),
        attributes=UNLOCKED,
        references=(
            ManifestReference(digest=amd64.digest, platform=AMD64),
            ManifestReference(digest=arm64.digest, platform=None),
        ),
    )


def test_manifest_properties_have_the_tags_in_order(azure: AcrRegistry) -> None:
    """Manifest - Get Properties: those that point at it now."""
    tags = [Tag(f"1.{minor}") for minor in range(20)]
    push(azure, HELLO, image(b"one"), tags=tags)
    push(azure, HELLO, image(b"two"), tags=tags[10:12])
    azure.delete_tag(HELLO, tags[0])
    azure.delete_tag(HELLO, tags[10])
    described = [azure.manifest_properties(HELLO, image(name).digest).tags for name in (b"one", b"two")]

    assert described == [tuple(sorted(tags[1:10] + tags[12:])), (tags[11],)]


def test_list_of_manifests_has_their_properties_without_references(azure: AcrRegistry) -> None:
    """Manifest - Get List, by digest; `references` only on the single GET of an index."""
    push(azure, HELLO, image(b"one"), docker_image(b"two"), index(image(b"one").manifest), tags=[V1])
    listed = azure.list_manifests(HELLO)
    digests = sorted([image(b"one").digest, docker_image(b"two").digest, index(image(b"one").manifest).digest])

    assert listed == Page([replace(azure.manifest_properties(HELLO, digest), references=()) for digest in digests])


def test_list_of_tags_has_their_properties(azure: AcrRegistry) -> None:
    """Tag - Get List, by name; `digest` keeps the tags of one manifest."""
    push(azure, HELLO, image(b"one"), tags=[V3, V1])
    push(azure, HELLO, image(b"two"), tags=[V2])
    described = {tag: azure.tag_properties(HELLO, tag) for tag in (V1, V2, V3)}

    assert azure.list_tag_properties(HELLO) == Page([described[V1], described[V2], described[V3]])
    assert azure.list_tag_properties(HELLO, digest=image(b"one").digest) == Page([described[V1], described[V3]])
    assert azure.list_tag_properties(HELLO, digest=image(b"one").digest, limit=1) == Page([described[V1]], more=True)
    assert azure.list_tag_properties(HELLO, digest=image(b"two").digest, limit=1) == Page([described[V2]])
    assert azure.list_tag_properties(HELLO, digest=ABSENT) == Page([])


def end_of(order: Order, name: Name, updated: int) -> After[Name]:
    """Return the end of a page: the name of its last item, or in an order by time its position."""
    return name if order is Order.NAME else TimePosition(updated, name)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    ("order", "names"),
    [(Order.NAME, "abcd"), (Order.OLDEST_FIRST, "dbca"), (Order.NEWEST_FIRST, "acbd")],
)
def test_pages_of_tags_joined_are_the_whole_list_in_each_order(
    azure: AcrRegistry, order: Order, names: str, size: int
) -> None:
    """Tag - Get List: `orderby` sorts by the time of the last update; a page by time ends with a time and a name."""
    for name in "adbca":  # a moves last
        push(azure, HELLO, image(name.encode()), tags=[Tag(name)])
    pages = pages_of(
        lambda after: azure.list_tag_properties(HELLO, order=order, after=after, limit=size),
        lambda found: end_of(order, found.tag, found.updated),
    )

    assert ["".join(found.tag for found in page.items) for page in pages] == [
        names[place : place + size] for place in range(0, len(names), size)
    ]


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("order", Order)
def test_pages_of_manifests_joined_are_the_whole_list_in_each_order(
    azure: AcrRegistry, order: Order, size: int
) -> None:
    """Manifest - Get List: as the tags."""
    pushed = [image(name).digest for name in (b"a", b"b", b"c", b"d")]
    push(azure, HELLO, *(image(name) for name in (b"a", b"b", b"c", b"d")))
    expected = {Order.NAME: sorted(pushed), Order.OLDEST_FIRST: pushed, Order.NEWEST_FIRST: pushed[::-1]}[order]
    pages = pages_of(
        lambda after: azure.list_manifests(HELLO, order=order, after=after, limit=size),
        lambda found: end_of(order, found.digest, found.updated),
    )

    assert [[one.digest for one in page.items] for page in pages] == [
        expected[place : place + size] for place in range(0, len(expected), size)
    ]


@pytest.mark.parametrize("change", ["delete", "move", "lock"])
@pytest.mark.parametrize(("order", "rest"), [(Order.OLDEST_FIRST, "cd"), (Order.NEWEST_FIRST, "a")])
def test_next_page_by_time_starts_after_an_item_that_has_changed(
    azure: AcrRegistry, order: Order, rest: str, change: str
) -> None:
    """acr-behaviour 4.2: the end of a page is in the request, so nothing has to be remembered."""
    for name in "abcd":
        push(azure, HELLO, image(name.encode()), tags=[Tag(name)])
    end = TimePosition(azure.tag_properties(HELLO, Tag("b")).updated, Tag("b"))
    match change:
        case "delete":
            azure.delete_tag(HELLO, Tag("b"))
        case "move":
            push(azure, HELLO, image(b"a"), tags=[Tag("b")])
        case _:
            azure.update_tag_attributes(HELLO, Tag("b"), LOCKED)

    found = azure.list_tag_properties(HELLO, after=end, order=order)

    assert [one.tag for one in found.items if one.tag != "b"] == [*rest]


@pytest.mark.parametrize(
    ("name", "rest"), [("b", {Order.OLDEST_FIRST: "c", Order.NEWEST_FIRST: "a"}), ("x", dict.fromkeys(Order, ""))]
)
@pytest.mark.parametrize("order", [Order.OLDEST_FIRST, Order.NEWEST_FIRST])
def test_name_stands_for_its_present_position_in_an_order_by_time(
    azure: AcrRegistry, order: Order, name: str, rest: dict[Order, str]
) -> None:
    """[I]: not seen (acr-behaviour 4.2). An unknown name is ignored."""
    for tag in "abc":
        push(azure, HELLO, image(tag.encode()), tags=[Tag(tag)])

    found = azure.list_tag_properties(HELLO, after=Tag(name), order=order)

    everything = "abc" if order is Order.OLDEST_FIRST else "cba"
    assert [one.tag for one in found.items] == [*(rest[order] or everything)]


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda azure, _: azure.manifest_properties(HELLO, ABSENT), ManifestUnknown),
        (lambda azure, _: azure.update_manifest_attributes(HELLO, ABSENT, LOCKED), ManifestUnknown),
        (lambda azure, _: azure.tag_properties(HELLO, V2), TagUnknown),
        (lambda azure, _: azure.update_tag_attributes(HELLO, V2, LOCKED), TagUnknown),
        (lambda azure, place: azure.repository_properties(place), NameUnknown),
        (lambda azure, place: azure.list_manifests(place), NameUnknown),
        (lambda azure, place: azure.manifest_properties(place, ABSENT), NameUnknown),
        (lambda azure, place: azure.list_tag_properties(place), NameUnknown),
        (lambda azure, place: azure.tag_properties(place, V1), TagUnknown),
        (lambda azure, place: azure.update_repository_attributes(place, LOCKED), NameUnknown),
        (lambda azure, place: azure.update_manifest_attributes(place, ABSENT, LOCKED), NameUnknown),
        (lambda azure, place: azure.update_tag_attributes(place, V1, LOCKED), TagUnknown),
        (lambda azure, place: azure.delete_repository(place), NameUnknown),
    ],
)
@pytest.mark.parametrize("place", [NOWHERE, OTHER], ids=["no-repository", "only-a-blob"])
def test_absent_items_are_unknown(
    azure: AcrRegistry, place: RepositoryName, call: Call, error: type[RegistryError]
) -> None:
    """acr-behaviour 6: NAME_UNKNOWN, MANIFEST_UNKNOWN, and TAG_UNKNOWN also when the repository is unknown."""
    push(azure, HELLO, image(), tags=[V1])
    azure.put_blob(OTHER, digest_of(b"only a blob"), [b"only a blob"])

    with pytest.raises(error) as refused:
        call(azure, place)
    assert type(refused.value) is error
    assert azure.repository_properties(HELLO).attributes == UNLOCKED
