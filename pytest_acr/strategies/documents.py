"""Manifests as JSON documents, their descriptors and annotations. The content does not exist.

The module is not called `manifests`, because the public strategy has that name in the package.
"""

import json
from itertools import product
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from fake_registry.spec import media_types
from fake_registry.spec.manifest import Descriptor, Platform
from pytest_acr.strategies.names import digests

JsonDict = dict[str, Any]  # Any: a JSON value

SBOM: Final = "application/vnd.example.sbom"
FOREIGN_LAYER: Final = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"

DOCKER_TYPES: Final = {media_types.DOCKER_MANIFEST, media_types.DOCKER_LIST}
"""Their `mediaType` is required; it is optional in OCI documents."""

_CONTENT_TYPES: Final = (
    media_types.OCI_LAYER,
    media_types.OCI_CONFIG,
    FOREIGN_LAYER,
    "application/x-unheard.of+cbor",
)

_NAMED_KEYS: Final = (
    "org.opencontainers.image.created",
    "org.opencontainers.image.title",
    "com.example.key",
)


def annotations() -> SearchStrategy[dict[str, str]]:
    """Draw annotations with pre-defined, namespaced and arbitrary keys.

    The empty key and empty values occur.
    """
    keys = st.sampled_from(_NAMED_KEYS) | st.text(max_size=5)
    return st.dictionaries(keys, st.text(max_size=8), max_size=3)


def descriptors() -> SearchStrategy[Descriptor]:
    """Draw descriptors of content that exists nowhere, with sizes up to the largest int64."""
    architecture = st.sampled_from(("amd64", "arm64"))
    platform = st.builds(Platform, architecture=architecture, os=st.just("linux"))
    return st.builds(
        Descriptor,
        media_type=st.sampled_from(_CONTENT_TYPES),
        digest=digests(),
        size=st.integers(0, (1 << 63) - 1),
        artifact_type=st.none() | st.just(SBOM),
        annotations=st.just({}) | annotations(),
        platform=st.none() | platform,
    )


@st.composite
def manifests(draw: DrawFn, media_type: str | None = None) -> tuple[bytes, str]:
    """Draw the bytes of a manifest and its media type: `media_type`, by default any known one.

    Unknown fields stand at every level. Key order, whitespace and escapes vary. A layer or child
    may occur twice. The content that
    the manifest refers to exists nowhere: to push images, use `image_graphs`.
    """
    document, drawn_type = draw_document(draw, media_type)
    return encode_document(draw, document), drawn_type


def draw_document(draw: DrawFn, media_type: str | None = None) -> tuple[JsonDict, str]:
    """Draw a manifest as a JSON object, and its media type."""
    drawn_type = draw(_KNOWN_TYPES) if media_type is None else media_type
    document: JsonDict = {"schemaVersion": 2}
    if drawn_type in DOCKER_TYPES or draw(st.booleans()):
        document["mediaType"] = drawn_type

    drawn = draw(st.lists(_DESCRIPTORS, max_size=3))
    entries = [_object_of(draw, descriptor) for descriptor in drawn]
    has_repeat = draw(_REPEATS)
    if entries and has_repeat:
        entries.append(entries[0])
    if drawn_type in media_types.IMAGES:
        document |= {"config": _object_of(draw, draw(_DESCRIPTORS)), "layers": entries}
    else:
        name = "manifests" if drawn_type in media_types.INDEXES else "blobs"
        document[name] = entries

    if draw(st.booleans()):
        document["subject"] = _object_of(draw, draw(_DESCRIPTORS))
    return document | draw(OPTIONAL_MEMBERS) | draw(_UNKNOWN_FIELDS), drawn_type


def _object_of(draw: DrawFn, descriptor: Descriptor) -> JsonDict:
    """Return the JSON object of a descriptor, with unknown fields."""
    platform = descriptor.platform
    found: JsonDict = {
        "mediaType": descriptor.media_type,
        "digest": descriptor.digest,
        "size": descriptor.size,
        "artifactType": descriptor.artifact_type,
        "annotations": dict(descriptor.annotations) or None,
        "platform": platform and vars(platform) | draw(_UNKNOWN_FIELDS),
    }
    present = {name: value for name, value in found.items() if value is not None}
    return present | draw(_UNKNOWN_FIELDS)


def encode_document(draw: DrawFn, document: JsonDict) -> bytes:
    """Return `document` as UTF-8, in a drawn order of keys and style of JSON."""
    step, sort_keys, (indent, separators), ascii_only, before, after = draw(_STYLES)

    ordered = json.loads(json.dumps(document), object_pairs_hook=lambda pairs: dict(pairs[::step]))
    text = json.dumps(
        ordered,
        sort_keys=sort_keys,
        indent=indent,
        separators=separators,
        ensure_ascii=ascii_only,
    )
    return f"{before}{text}{after}".encode()


_KNOWN_TYPES: Final = st.sampled_from(sorted(media_types.MANIFESTS, key=len))
_DESCRIPTORS: Final = descriptors()
_REPEATS: Final = st.sampled_from((False, False, True))

OPTIONAL_MEMBERS: Final = st.fixed_dictionaries(
    {}, optional={"annotations": annotations(), "artifactType": st.just(SBOM)}
)

# no document will define a key that contains a blank, so these stay unknown
_UNKNOWN_KEYS: Final = st.text(max_size=3).map("un known".__add__)
_OTHER_VALUES: Final[SearchStrategy[object]] = st.sampled_from((None, -1, 1.5e300, {"size": [{}]}))
_UNKNOWN_VALUES: Final = st.text(max_size=5) | _OTHER_VALUES
_UNKNOWN_FIELDS: Final = st.dictionaries(_UNKNOWN_KEYS, _UNKNOWN_VALUES, max_size=1)

_MARGINS: Final = ("", "\n", " \t\r\n")
_FORMS: Final[tuple[tuple[int | str | None, tuple[str, str]], ...]] = (  # an indent and separators
    (None, (",", ":")),
    (0, (",", ": ")),
    ("\t", (" , ", " : ")),
)
# one strategy for all combinations: each draw takes time
_STYLES: Final = st.sampled_from(tuple(product((1, -1), (False, True), _FORMS, (False, True), _MARGINS, _MARGINS)))
