"""Whole images: blobs and the manifests that refer to them, ready to be pushed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from fake_registry.spec import media_types
from fake_registry.spec.manifest import Manifest, read_manifest
from fake_registry.spec.names import Digest, Tag, digest_of
from pytest_acr.strategies.content import blobs
from pytest_acr.strategies.documents import OPTIONAL_MEMBERS, JsonDict, encode_document
from pytest_acr.strategies.names import tags

_CONFIG: Final = "application/vnd.example.config+json"
_CHILD_BLOB_TYPES: Final = (media_types.OCI_LAYER_GZIP, "application/vnd.buildkit.cacheconfig.v0")
"""Types of an index's children that are blobs, as BuildKit pushes a cache (moby/buildkit#2251)."""
_CONTENTS: Final = st.lists(blobs(max_size=2_048), min_size=1, max_size=4, unique=True)
_TAGS: Final = tags()


@dataclass(frozen=True)
class ImageGraph:
    """Blobs, manifests that refer to them by true digests and sizes, and tags of some manifests.

    Push `blobs` first, then `manifests` in their order: children come before their index, and
    subjects before their referrers. A child of an index may be one of `blobs`.
    """

    blobs: tuple[bytes, ...]
    manifests: tuple[Manifest, ...]
    tags: Mapping[Tag, Digest]


@st.composite
def image_graphs(draw: DrawFn, *, blob_children: bool = False) -> ImageGraph:
    """Draw one to three images that may share layers, an index over some, and up to two referrers.

    A referrer may refer to an image, to the index, or to the other referrer. With `blob_children`
    the index may refer to blobs as well, as a cache that BuildKit pushes.
    """
    contents = draw(_CONTENTS)
    manifests = [_draw_image(draw, contents) for _ in range(draw(st.integers(1, 3)))]

    some = st.lists(st.sampled_from(manifests), unique_by=lambda image: image.digest)
    children = draw(st.none() | some)
    if children is not None:
        blobs_of_index = draw(st.lists(st.sampled_from(contents), unique=True)) if blob_children else []
        manifests.append(_draw_index(draw, children, blobs_of_index))

    for _ in range(draw(st.integers(0, 2))):
        subject = draw(st.sampled_from(tuple(manifests)))
        manifests.append(_draw_image(draw, contents, subject=subject))

    targets = st.sampled_from([manifest.digest for manifest in manifests])
    drawn_tags = draw(st.dictionaries(_TAGS, targets, max_size=3))
    return ImageGraph(tuple(contents), tuple(manifests), drawn_tags)


def _draw_image(
    draw: DrawFn,
    contents: list[bytes],
    *,
    subject: Manifest | None = None,
) -> Manifest:
    is_docker = subject is None and draw(st.booleans())
    media_type = media_types.DOCKER_MANIFEST if is_docker else media_types.OCI_MANIFEST

    config, *layers = draw(st.lists(st.sampled_from(contents), min_size=1, max_size=4))
    document: JsonDict = {
        "schemaVersion": 2,
        "mediaType": media_type,
        "config": true_descriptor(config, _CONFIG),
        "layers": [true_descriptor(layer, media_types.OCI_LAYER) for layer in layers],
    }
    if subject is not None:
        document["subject"] = true_descriptor(subject.content, subject.media_type)
    content = encode_document(draw, document | draw(OPTIONAL_MEMBERS))
    return read_manifest(content, media_type)


def _draw_index(draw: DrawFn, children: list[Manifest], child_blobs: list[bytes]) -> Manifest:
    entries = [true_descriptor(child.content, child.media_type) for child in children]
    types = st.sampled_from(_CHILD_BLOB_TYPES)
    entries += [true_descriptor(blob, draw(types)) for blob in child_blobs]
    document: JsonDict = {"schemaVersion": 2, "manifests": entries}
    return read_manifest(encode_document(draw, document), media_types.OCI_INDEX)


def true_descriptor(content: bytes, media_type: str) -> JsonDict:
    """Return the JSON descriptor of `content`, with its digest and size."""
    return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}
