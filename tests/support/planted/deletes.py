"""Planted bugs in deletes: they remove more than they name, or less; and in several tags of one manifest."""

from typing import Final

from fake_registry import FakeRegistry
from tests.support.http import CONFIG, IMAGE, LAYER, manifest_bytes, put_blob, put_image, put_manifest, send
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import (
    ACR,
    INDEX,
    A,
    B,
    artifact,
    blob_target,
    has_blob,
    json_of,
    manifest_target,
    put_index,
    read_tag,
    status_of,
    tags_in,
)


def untag(registry: FakeRegistry) -> object:
    """Remove the only tag of a manifest, and read the manifest."""
    put_index(registry, artifact(1), "v1")
    removed = status_of(registry, "DELETE", manifest_target("v1"))
    return removed, status_of(registry, "HEAD", manifest_target(artifact(1)))


def untag_one_of_two(registry: FakeRegistry) -> object:
    digest = put_index(registry, artifact(1), "v1", "v2")
    removed = status_of(registry, "DELETE", manifest_target("v1"))
    return removed, read_tag(registry, "v1"), read_tag(registry, "v2") == digest, tags_in(registry)


def delete_a_manifest_with_two_tags(registry: FakeRegistry) -> object:
    put_index(registry, artifact(1), "v1", "v2")
    put_index(registry, artifact(2), "v3")
    return status_of(registry, "DELETE", manifest_target(artifact(1))), tags_in(registry)


def push_with_two_tags(registry: FakeRegistry) -> object:
    """Push a manifest by its digest, with two parameters `tag`."""
    target = f"{manifest_target(artifact(1))}?tag=v1&tag=v2"
    pushed = send(registry, "PUT", target, artifact(1), {"Content-Type": INDEX})
    confirmed = [value for name, value in pushed.headers if name == "OCI-Tag"]
    return confirmed, tags_in(registry)


def move_a_tag_away(registry: FakeRegistry) -> object:
    """Move one of two tags, and return the tags that each manifest has."""
    put_index(registry, artifact(1), "v1", "v2")
    put_index(registry, artifact(2), "v2")
    found = json_of(registry, f"{ACR}/_manifests")["manifests"]
    return sorted(item["tags"] for item in found)


def move_a_tag_and_read_its_head(registry: FakeRegistry) -> object:
    """Return whether HEAD and GET agree before and after a tag moves."""
    same = []
    for number in (1, 2):
        digest = put_index(registry, artifact(number), "v1")
        head = send(registry, "HEAD", manifest_target("v1"), headers={"Accept": INDEX})
        same.append(head.header("Docker-Content-Digest") == digest)
    return same


def delete_twice(registry: FakeRegistry) -> object:
    """Delete a blob and a manifest twice."""
    put_blob(registry, A, b"four")
    put_index(registry, artifact(1))
    targets = (blob_target(b"four"), manifest_target(artifact(1)))
    return [status_of(registry, "DELETE", target) for target in (*targets, *targets)]


def delete_a_blob_that_another_repository_has(registry: FakeRegistry) -> object:
    for repository in (A, B):
        put_blob(registry, repository, b"four")
    return status_of(registry, "DELETE", blob_target(b"four")), has_blob(registry, b"four", B)


def delete_one_of_two_images_with_a_layer(registry: FakeRegistry) -> object:
    put_image(registry, A, "v1")
    other = manifest_bytes(LAYER, LAYER)
    assert put_manifest(registry, A, "v2", other).status == 201
    deleted = status_of(registry, "DELETE", manifest_target(other))
    return deleted, has_blob(registry, LAYER), has_blob(registry, CONFIG)


def delete_an_index(registry: FakeRegistry) -> object:
    put_image(registry, A)
    child = {"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": IMAGE_OF_INDEX, "size": len(IMAGE)}
    index = artifact(1, manifests=[child])
    put_index(registry, index)
    return status_of(registry, "DELETE", manifest_target(index)), status_of(
        registry, "HEAD", manifest_target(IMAGE), headers={"Accept": "application/vnd.oci.image.manifest.v1+json"}
    )


IMAGE_OF_INDEX: Final = manifest_target(IMAGE).rpartition("/")[2]

DELETES: Final = (
    PlantedBug(
        name="manifest-goes-with-its-last-tag",
        kind="untag and delete",
        plant=edit(
            "core.content:delete_tag",
            "return record.digest",
            """
if record.digest not in state.tags_of:
    _remove_manifest(state, record.digest)
return record.digest
""",
        ),
        witness=untag,
        right=(202, 200),
    ),
    PlantedBug(
        name="delete-by-tag-removes-the-manifest",
        kind="untag and delete",
        plant=edit(
            "http.manifests:delete_manifest",
            "backend.registry.delete_tag(call.repository, Tag(call.reference))",
            """
found = backend.registry.stat_manifest(call.repository, call.reference)
backend.registry.delete_manifest(call.repository, found.digest)
""",
        ),
        witness=untag_one_of_two,
        right=(202, 404, True, ["v2"]),
    ),
    PlantedBug(
        name="second-tag-outlives-its-manifest",
        kind="second tags",
        plant=edit(
            "core.content:_remove_manifest",
            "for tag in tags_of(state, digest):\n"
            "        del state.tags[tag]\n"
            "        state.tag_index.discard(tag)\n"
            "    state.tags_of.pop(digest, None)",
            """
for tag in tags_of(state, digest)[:1]:
    del state.tags[tag]
    state.tag_index.discard(tag)
    _drop_tag_from(state, digest, tag)
""",
        ),
        witness=delete_a_manifest_with_two_tags,
        right=(202, ["v3"]),
    ),
    PlantedBug(
        name="push-confirms-two-tags-and-sets-one",
        kind="second tags",
        plant=edit("http.manifests:put_manifest", "tags=tags)", "tags=tags[:1])"),
        witness=push_with_two_tags,
        right=(["v1", "v2"], ["v1", "v2"]),
    ),
    PlantedBug(
        name="manifest-names-its-first-tag-alone",
        kind="second tags",
        profile="acr",
        plant=edit(
            "core.catalog:_manifest_properties",
            "tags=tags_of(state, manifest.digest)",
            "tags=tags_of(state, manifest.digest)[:1]",
        ),
        witness=lambda registry: (put_index(registry, artifact(1), "v0"), move_a_tag_away(registry))[1],
        right=[["v0", "v1"], ["v2"]],
    ),
    PlantedBug(
        name="head-of-a-moved-tag-is-that-of-its-first-manifest",
        kind="head headers",
        plant=edit(
            "core.memory:MemoryRegistry.stat_manifest",
            "return self.get_manifest(repository, reference).descriptor",
            """
found = self.get_manifest(repository, reference).descriptor
return self.__dict__.setdefault("_heads", {}).setdefault((repository, reference), found)
""",
        ),
        witness=move_a_tag_and_read_its_head,
        right=[True, True],
    ),
    PlantedBug(
        name="second-delete-of-a-blob-succeeds",
        kind="untag and delete",
        plant=edit(
            "core.memory:MemoryRegistry.delete_blob",
            "find_blob(state, digest)",
            """
if digest not in state.blobs:
    return
""",
        ),
        witness=delete_twice,
        right=[202, 202, 404, 404],
    ),
    PlantedBug(
        name="second-delete-of-a-manifest-succeeds",
        kind="untag and delete",
        plant=edit(
            "core.content:delete_manifest",
            "locks.guard_manifest_delete(state, find_manifest(state, digest))",
            """
if digest not in state.manifests:
    return
locks.guard_manifest_delete(state, find_manifest(state, digest))
""",
        ),
        witness=delete_twice,
        right=[202, 202, 404, 404],
    ),
    PlantedBug(
        name="delete-of-a-blob-reaches-other-repositories",
        kind="untag and delete",
        plant=edit(
            "core.memory:MemoryRegistry.delete_blob",
            "del state.blobs[digest]",
            """
for one in self._repositories._states.values():
    one.blobs.pop(digest, None)
""",
        ),
        witness=delete_a_blob_that_another_repository_has,
        right=(202, True),
    ),
    PlantedBug(
        name="delete-of-a-manifest-takes-layers-of-others",
        kind="blobs of manifests",
        plant=edit(
            "core.content:_remove_manifest",
            "state.manifest_index.discard(digest)",
            """
state.manifest_index.discard(digest)
for layer in record.manifest.facts.layers:
    state.blobs.pop(layer.digest, None)
""",
        ),
        witness=delete_one_of_two_images_with_a_layer,
        right=(202, True, True),
    ),
    PlantedBug(
        name="delete-of-an-index-takes-its-children",
        kind="children of manifests",
        plant=edit(
            "core.content:_remove_manifest",
            "state.manifest_index.discard(digest)",
            """
state.manifest_index.discard(digest)
for child in record.manifest.facts.manifests:
    if child.digest in state.manifests:
        _remove_manifest(state, child.digest)
""",
        ),
        witness=delete_an_index,
        right=(202, 200),
    ),
)
