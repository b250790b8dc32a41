"""What the changeable attributes forbid: docs container-registry-image-lock; answers in Azure/acr-cli#70.

A guard is the first line of every function that pulls, pushes or deletes, after what it is about has been found
(order of checks: route, token, existence, lock [I]). The word mutex is ours, lock is ACR's.
"""

from fake_registry.core.state import ManifestRecord, RepositoryState, TagRecord, tags_of
from fake_registry.spec.attributes import ChangeableAttributes
from fake_registry.spec.errors import OperationDisallowed
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Reference, Tag, is_digest


def guard_pull(
    state: RepositoryState, record: ManifestRecord | None = None, reference: Reference | None = None
) -> None:
    """Refuse if the repository, the manifest, or the tag it was asked by, is not to be read."""
    _refuse_unless(state.attributes.read_enabled, state, "readEnabled")
    if record is not None:
        _refuse_unless(record.attributes.read_enabled, state, "readEnabled", record.manifest.digest)
    if reference is not None and not is_digest(reference):
        tag = Tag(reference)
        _refuse_unless(state.tags[tag].attributes.read_enabled, state, "readEnabled", tag)


def guard_push(state: RepositoryState, tags: tuple[Tag, ...] = ()) -> None:
    """Refuse if the repository, or a tag that would move, is not to be written."""
    _refuse_unless(state.attributes.write_enabled, state, "writeEnabled")
    for tag in tags:
        record = state.tags.get(tag)
        if record is not None:
            _refuse_unless(record.attributes.write_enabled, state, "writeEnabled", tag)


def guard_manifest_push(state: RepositoryState, manifest: Manifest, tags: tuple[Tag, ...]) -> None:
    """Refuse if the repository, the manifest or a tag that would move is not to be written."""
    guard_push(state, tags)
    before = state.manifests.get(manifest.digest)
    if before is not None:
        guard_manifest_change(state, before, manifest)


def guard_manifest_change(state: RepositoryState, before: ManifestRecord, after: Manifest) -> None:
    """Refuse if a manifest that is not to be written, or that a tag which is not to be written points at [I], would
    become one of another type. The same pushed again, under a further tag say, changes nothing (acr-behaviour 7.1)."""
    if before.manifest.media_type == after.media_type:
        return
    _refuse_unless(before.attributes.write_enabled, state, "writeEnabled", after.digest)
    for tag in tags_of(state, after.digest):
        _refuse_unless(state.tags[tag].attributes.write_enabled, state, "writeEnabled", tag)


def guard_delete_in(state: RepositoryState) -> None:
    """Refuse if nothing in the repository is to be deleted: `writeEnabled=false` locks a repository and all in it,
    `deleteEnabled=false` the repository alone."""
    _refuse_unless(state.attributes.write_enabled, state, "writeEnabled")


def guard_tag_delete(state: RepositoryState, tag: Tag, record: TagRecord) -> None:
    """Refuse if the tag is not to be deleted."""
    guard_delete_in(state)
    _guard_deletable(state, record.attributes, tag)


def guard_manifest_delete(state: RepositoryState, record: ManifestRecord) -> None:
    """Refuse if the manifest, or a tag that would go with it [I], is not to be deleted."""
    guard_delete_in(state)
    _guard_deletable(state, record.attributes, record.manifest.digest)
    for tag in tags_of(state, record.manifest.digest):
        _guard_deletable(state, state.tags[tag].attributes, tag)


def is_deletable(state: RepositoryState, record: ManifestRecord) -> bool:
    """Tell whether `guard_manifest_delete` would let the manifest go."""
    try:
        guard_manifest_delete(state, record)
    except OperationDisallowed:
        return False
    return True


def guard_repository_delete(state: RepositoryState) -> None:
    """Refuse if the repository, or anything in it [I], is not to be deleted."""
    _guard_deletable(state, state.attributes)
    for record in state.manifests.values():
        guard_manifest_delete(state, record)


def _guard_deletable(
    state: RepositoryState, attributes: ChangeableAttributes, reference: Reference | None = None
) -> None:
    _refuse_unless(attributes.delete_enabled, state, "deleteEnabled", reference)
    _refuse_unless(attributes.write_enabled, state, "writeEnabled", reference)


def _refuse_unless(
    enabled: bool,  # noqa: FBT001  a switch, named by the next argument but one
    state: RepositoryState,
    attribute: str,
    reference: Reference | None = None,
) -> None:
    if not enabled:
        raise OperationDisallowed(repository=state.name, attribute=attribute, reference=reference)
