"""Planted bugs in manifests: children and blobs, media types, headers of HEAD, and Accept."""

from typing import Final

from fake_registry import FakeRegistry
from tests.support.http import (
    CONFIG,
    IMAGE,
    LAYER,
    entry,
    manifest_bytes,
    put_blob,
    put_image,
    put_manifest,
)
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import (
    ACR,
    INDEX,
    A,
    artifact,
    json_of,
    put_index,
    read_tag,
    status_of,
)

CHILD: Final = artifact(9)


def index_of(*children: bytes) -> bytes:
    """Return an index of indexes."""
    return artifact(1, manifests=[entry(child, INDEX) for child in children])


def push_without_a_child(registry: FakeRegistry) -> object:
    put_index(registry, CHILD)
    return put_manifest(registry, A, "v1", index_of(CHILD, artifact(8)), INDEX).status


def push_without_a_config(registry: FakeRegistry) -> object:
    put_blob(registry, A, LAYER)
    return put_manifest(registry, A, "v1", IMAGE).status


def push_without_the_last_layer(registry: FakeRegistry) -> object:
    put_blob(registry, A, LAYER, CONFIG)
    return put_manifest(registry, A, "v1", manifest_bytes(LAYER, b"absent")).status


def read_children(registry: FakeRegistry) -> object:
    """Return the children in the metadata of an index."""
    for child in (CHILD, artifact(8)):
        put_index(registry, child)
    digest = put_index(registry, index_of(CHILD, artifact(8)))
    return len(json_of(registry, f"{ACR}/_manifests/{digest}")["manifest"]["references"])


def push_twice_with_a_lost_blob(registry: FakeRegistry) -> object:
    """Push an image, delete its layer, and push the image again."""
    put_image(registry, A, "v1")
    status_of(registry, "DELETE", f"/v2/{A}/blobs/{entry(LAYER, '')['digest']}")
    return put_manifest(registry, A, "v2", IMAGE).status


def refuse_a_push_over_a_tag(registry: FakeRegistry) -> object:
    """Push an index without its child under a tag that exists, and read the tag."""
    digest = put_index(registry, CHILD, "v1")
    return put_manifest(registry, A, "v1", index_of(artifact(8)), INDEX).status, read_tag(registry, "v1") == digest


_CHECK_AND_STORE: Final = """
    if not sparse:
        _check_references(state, manifest)

    if not state.exists:
        state.created = now
    state.updated = now
    _store(state, manifest, now)
    for tag in tags:
        _point(state, tag, manifest.digest, now)
""".strip()

MANIFESTS: Final = (
    PlantedBug(
        name="index-is-accepted-without-its-children",
        kind="children of manifests",
        profile="acr",
        plant=edit(
            "core.content:_check_references",
            "if _find_child(state, child.digest) is None",
            "if state.empty",
        ),
        witness=push_without_a_child,
        right=400,
    ),
    PlantedBug(
        name="second-child-of-an-index-is-not-required",
        kind="children of manifests",
        profile="acr",
        plant=edit(
            "core.content:_check_references", "for child in facts.manifests", "for child in facts.manifests[:1]"
        ),
        witness=push_without_a_child,
        right=400,
    ),
    PlantedBug(
        name="metadata-of-an-index-has-its-first-child-alone",
        kind="children of manifests",
        profile="acr",
        plant=edit(
            "core.catalog:manifest_properties", "record.manifest.facts.manifests", "record.manifest.facts.manifests[:1]"
        ),
        witness=read_children,
        right=2,
    ),
    PlantedBug(
        name="image-is-accepted-without-its-config",
        kind="blobs of manifests",
        profile="acr",
        plant=edit(
            "spec.manifest:ManifestFacts.blobs",
            "return (*config, *layers)",
            "return tuple(layers) or config",
        ),
        witness=push_without_a_config,
        right=400,
    ),
    PlantedBug(
        name="last-layer-of-an-image-is-not-required",
        kind="blobs of manifests",
        profile="acr",
        plant=edit(
            "spec.manifest:ManifestFacts.blobs",
            "for one in self.layers if",
            "for one in self.layers[:1] if",
        ),
        witness=push_without_the_last_layer,
        right=400,
    ),
    PlantedBug(
        name="known-manifest-is-accepted-without-its-blobs",
        kind="blobs of manifests",
        profile="acr",
        plant=edit(
            "core.content:put_manifest", "if not sparse:", "if not sparse and manifest.digest not in state.manifests:"
        ),
        witness=push_twice_with_a_lost_blob,
        right=400,
    ),
    PlantedBug(
        name="push-that-is-refused-moves-the-tag",
        kind="children of manifests",
        profile="acr",
        plant=edit(
            "core.content:put_manifest",
            _CHECK_AND_STORE,
            """
if not state.exists:
    state.created = now
state.updated = now
_store(state, manifest, now)
for tag in tags:
    _point(state, tag, manifest.digest, now)
if not sparse:
    _check_references(state, manifest)
""",
        ),
        witness=refuse_a_push_over_a_tag,
        right=(400, True),
    ),
)
