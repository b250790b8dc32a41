"""Planted bugs in representations of manifests: media types, headers of HEAD, and Accept."""

from typing import Final

from fake_registry import FakeRegistry
from fake_registry.spec.media_types import DOCKER_CONFIG, DOCKER_LAYER_GZIP, DOCKER_MANIFEST, OCI_MANIFEST
from tests.support.http import (
    CONFIG,
    IMAGE,
    LAYER,
    entry,
    json_text,
    put_blob,
    put_image,
    put_manifest,
    send,
)
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.manifests import CHILD
from tests.support.planted.steps import (
    ACCEPT_ALL,
    INDEX,
    A,
    manifest_target,
    put_index,
    status_of,
)


def read_media_types(registry: FakeRegistry) -> object:
    """Return the media types of an index and of a Docker image: by GET, by HEAD and in the list."""
    put_blob(registry, A, LAYER, CONFIG)
    docker = json_text(
        {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST,
            "config": entry(CONFIG, DOCKER_CONFIG),
            "layers": [entry(LAYER, DOCKER_LAYER_GZIP)],
        }
    )
    assert put_manifest(registry, A, "v1", docker, DOCKER_MANIFEST).status == 201
    put_index(registry, CHILD, "v2")
    return [_types_of(registry, tag) for tag in ("v1", "v2")]


def _types_of(registry: FakeRegistry, tag: str) -> list[str]:
    accept = {"Accept": f"{DOCKER_MANIFEST}, {INDEX}"}
    target = manifest_target(tag)
    found = (send(registry, method, target, headers=accept) for method in ("GET", "HEAD"))
    return [one.header("Content-Type") for one in found]


def push_as_another_type(registry: FakeRegistry) -> object:
    put_blob(registry, A, LAYER, CONFIG)
    return put_manifest(registry, A, "v1", IMAGE, DOCKER_MANIFEST).status


def push_an_unknown_type(registry: FakeRegistry) -> object:
    put_manifest(registry, A, "v1", b'{"schemaVersion": 2}', "application/vnd.own+json")
    return send(registry, "GET", manifest_target("v1")).header("Content-Type")


def compare_head_and_get(registry: FakeRegistry) -> object:
    """Return whether HEAD and GET have the same headers, for an image by tag and by digest."""
    put_image(registry, A, "v1")
    return [_same_headers(registry, reference) for reference in ("v1", IMAGE)]


def _same_headers(registry: FakeRegistry, reference: str | bytes) -> bool:
    target = manifest_target(reference)
    head, get = (send(registry, method, target, headers=ACCEPT_ALL) for method in ("HEAD", "GET"))
    return head.headers == get.headers


def length_by_head(registry: FakeRegistry) -> object:
    target = manifest_target(put_index(registry, CHILD))
    return send(registry, "HEAD", target, headers=ACCEPT_ALL).header("Content-Length")


def read_with_accept(registry: FakeRegistry, accept: str) -> int:
    put_image(registry, A, "v1")
    return status_of(registry, "GET", manifest_target("v1"), headers={"Accept": accept})


REPRESENTATIONS: Final = (
    PlantedBug(
        name="docker-image-is-served-as-an-oci-image",
        kind="media types",
        plant=edit(
            "http.manifests:get_manifest",
            "whole(manifest.content, manifest.media_type, identity)",
            """
whole(
    manifest.content,
    media_types.OCI_MANIFEST if manifest.media_type in media_types.IMAGES else manifest.media_type,
    identity,
)
""",
        ),
        witness=read_media_types,
        right=[[DOCKER_MANIFEST, DOCKER_MANIFEST], [INDEX, INDEX]],
    ),
    PlantedBug(
        name="head-of-an-index-has-the-type-of-an-image",
        kind="head headers",
        plant=edit(
            "http.manifests:head_manifest",
            "head_answer(size_of(manifest), manifest.media_type, identity)",
            "head_answer(size_of(manifest), media_types.OCI_MANIFEST, identity)",
        ),
        witness=read_media_types,
        right=[[DOCKER_MANIFEST, DOCKER_MANIFEST], [INDEX, INDEX]],
    ),
    PlantedBug(
        name="media-type-in-a-manifest-may-differ-from-its-header",
        kind="media types",
        profile="acr",
        plant=edit(
            "spec.manifest:_check_media_type",
            "stated != media_type:",
            "stated not in media_types.MANIFESTS:",
        ),
        witness=push_as_another_type,
        right=400,
    ),
    PlantedBug(
        name="unknown-media-type-is-served-as-bytes",
        kind="media types",
        plant=edit(
            "http.manifests:get_manifest",
            "whole(manifest.content, manifest.media_type, identity)",
            """
whole(
    manifest.content,
    manifest.media_type if manifest.media_type in media_types.MANIFESTS else media_types.OCTET_STREAM,
    identity,
)
""",
        ),
        witness=push_an_unknown_type,
        right="application/vnd.own+json",
    ),
    PlantedBug(
        name="head-by-tag-has-no-digest",
        kind="head headers",
        plant=edit(
            "http.manifests:head_manifest",
            "identity = _identity_headers(manifest)",
            "identity = _identity_headers(manifest) if is_digest(call.reference) else {}",
        ),
        witness=compare_head_and_get,
        right=[True, True],
    ),
    PlantedBug(
        name="head-of-a-manifest-with-annotations-has-their-length-too",
        kind="head headers",
        plant=edit(
            "http.manifests:head_manifest",
            "head_answer(size_of(manifest), manifest.media_type, identity)",
            "head_answer(size_of(manifest) + len(manifest.annotations), manifest.media_type, identity)",
        ),
        witness=length_by_head,
        right=str(len(CHILD)),
    ),
    PlantedBug(
        name="accept-counts-its-first-type-alone",
        kind="accept",
        profile="acr",
        plant=edit(
            "http.manifests:is_accepted", "return media_type in accepted", "return media_type == next(accepted)"
        ),
        witness=lambda registry: read_with_accept(registry, f"{INDEX}, {OCI_MANIFEST}"),
        right=200,
    ),
    PlantedBug(
        name="accept-does-not-know-a-type-with-a-parameter",
        kind="accept",
        profile="acr",
        plant=edit("http.manifests:is_accepted", 'part.partition(";")[0].strip()', "part.strip()"),
        witness=lambda registry: read_with_accept(registry, f"{OCI_MANIFEST};q=0.5"),
        right=200,
    ),
    PlantedBug(
        name="accept-that-contains-the-name-of-the-type-is-enough",
        kind="accept",
        profile="acr",
        plant=edit(
            "http.manifests:is_accepted",
            "return media_type in accepted",
            "return media_type in accept",
        ),
        witness=lambda registry: read_with_accept(registry, f"{OCI_MANIFEST}-draft"),
        right=404,
    ),
)
