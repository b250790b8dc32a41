"""Whole images: blobs and the manifests that refer to them, ready to be pushed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fake_registry.spec import media_types
from fake_registry.spec.manifest import Manifest, read_manifest
from fake_registry.spec.names import Digest, Tag, digest_of
from pytest_acr.strategies.content import blobs
from pytest_acr.strategies.documents import OPTIONAL_MEMBERS, SBOM, JsonDict, encode_document
from pytest_acr.strategies.names import tags

_Item = TypeVar("_Item")


@dataclass(frozen=True)
class ImageGraph:
    """Blobs, manifests that refer to them by true digests and sizes, and tags of some manifests.

    Push `blobs` first, then `manifests` in their order: children come before their index, and
    subjects before their referrers. A child of an index may be one of `blobs`. Equal content may
    occur twice, to be pushed twice.
    """

    blobs: tuple[bytes, ...]
    manifests: tuple[Manifest, ...]
    tags: Mapping[Tag, Digest]


@st.composite
def image_graphs(draw: DrawFn, *, blob_children: bool = False) -> ImageGraph:
    """Draw one to three images that may share layers, and up to four indexes and referrers.

    Images and indexes are of OCI's and of Docker's types. An index refers to any of the manifests
    before it, often to two or more, and so may have an index or a referrer as a child. A referrer
    refers to an image, to an index, or to another referrer. Any manifest may have a tag, or two.
    Sometimes a blob or a manifest occurs twice. With `blob_children` an index may refer to blobs as
    well, as a cache that BuildKit pushes.
    """
    contents = draw(_CONTENTS)
    manifests = [_draw_image(draw, contents) for _ in range(draw(_NUMBERS_OF_IMAGES))]

    for is_index in draw(_ADDITIONS):
        if is_index:
            child_blobs = _draw_some(draw, contents) if blob_children else []
            manifests.append(_draw_index(draw, manifests, child_blobs))
        else:
            subject = manifests[draw(_PLACES[len(manifests)])]
            manifests.append(_draw_image(draw, contents, subject=subject))

    places = _PLACES[len(manifests)]
    drawn_tags = {tag: manifests[draw(places)].digest for tag in draw(_TAGS)}
    return _repeat_some(draw, ImageGraph(tuple(contents), tuple(manifests), drawn_tags))


def _repeat_some(draw: DrawFn, graph: ImageGraph) -> ImageGraph:
    """Return a graph whose first blob or manifest may occur a second time, at the end."""
    blobs_again, manifests_again = draw(_REPETITIONS)
    return replace(
        graph,
        blobs=graph.blobs + graph.blobs[:blobs_again],
        manifests=graph.manifests + graph.manifests[:manifests_again],
    )


def _draw_some(draw: DrawFn, items: Sequence[_Item]) -> list[_Item]:
    """Draw up to three of `items`, of which one may occur more than once."""
    return [items[place] for place in draw(_LISTS_OF_PLACES[len(items)])]


def _draw_image(
    draw: DrawFn,
    contents: list[bytes],
    *,
    subject: Manifest | None = None,
) -> Manifest:
    media_type = draw(_IMAGE_TYPES) if subject is None else media_types.OCI_MANIFEST

    config = contents[draw(_PLACES[len(contents)])]
    layers = _draw_some(draw, contents)
    document: JsonDict = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": true_descriptor(config, _CONFIG),
        "layers": [true_descriptor(layer, media_types.OCI_LAYER) for layer in layers],
    }
    if subject is not None:
        document["subject"] = true_descriptor(subject.content, subject.media_type)
    content = encode_document(draw, document | draw(_MEMBERS))
    return read_manifest(content, media_type)


def _draw_index(draw: DrawFn, manifests: list[Manifest], child_blobs: list[bytes]) -> Manifest:
    media_type = draw(_INDEX_TYPES)
    children = {child.digest: child for child in _draw_some(draw, manifests)}
    entries = [true_descriptor(child.content, child.media_type) for child in children.values()]
    entries += [true_descriptor(blob, draw(_CHILD_BLOB_TYPES)) for blob in child_blobs]

    document: JsonDict = {"schemaVersion": 2, "mediaType": media_type, "manifests": entries}
    return read_manifest(encode_document(draw, document | draw(_MEMBERS)), media_type)


def true_descriptor(content: bytes, media_type: str) -> JsonDict:
    """Return the JSON descriptor of `content`, with its digest and size."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}


_CONFIG: Final = "application/vnd.example.config+json"

_CONTENTS: Final = st.lists(blobs(max_size=2_048), min_size=1, max_size=4, unique=True)
_TAGS: Final = st.lists(tags(), max_size=3, unique=True)

_NUMBERS_OF_IMAGES: Final = st.integers(1, 3)
_MOST_ADDITIONS: Final = 4
_ADDITIONS: Final = st.lists(st.booleans(), max_size=_MOST_ADDITIONS)
_REPETITIONS: Final = st.sampled_from(((0, 0), (1, 0), (0, 1)))

_IMAGE_TYPES: Final = st.sampled_from((media_types.OCI_MANIFEST, media_types.DOCKER_MANIFEST))
_INDEX_TYPES: Final = st.sampled_from((media_types.OCI_INDEX, media_types.DOCKER_LIST))
_CHILD_BLOB_TYPES: Final = st.sampled_from((media_types.OCI_LAYER_GZIP, "application/vnd.buildkit.cacheconfig.v0"))
"""Types of an index's children that are blobs, as BuildKit pushes a cache (moby/buildkit#2251)."""

_FEW_MEMBERS: Final[SearchStrategy[JsonDict]] = st.sampled_from(
    ({}, {"artifactType": SBOM}, {"annotations": {"com.example.key": "value"}})
)
_MEMBERS: Final = _FEW_MEMBERS | OPTIONAL_MEMBERS

# made once: a strategy that is made during a draw takes longer than what it draws
_MOST_ITEMS: Final = 3 + _MOST_ADDITIONS
_PLACES: Final = [st.nothing(), *(st.integers(0, last) for last in range(_MOST_ITEMS))]
"""Places in a list, by its length."""
_LISTS_OF_PLACES: Final = [st.lists(places, max_size=3) for places in _PLACES]
