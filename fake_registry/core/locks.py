"""Locks: the operations that changeable attributes forbid.

Sources: docs container-registry-image-lock; Azure/acr-cli#70. Every function that pulls, pushes or
deletes finds the content first and then calls a guard, before it changes anything (order of checks:
route, token, existence, lock [I]). A guard raises OperationDisallowed. *Lock* is ACR's word; what
threads wait for is called a mutex.
"""

from fake_registry.core.state import ManifestRecord, RepositoryState, TagRecord, tags_of
from fake_registry.spec.attributes import ChangeableAttributes
from fake_registry.spec.errors import OperationDisallowed
from fake_registry.spec.manifest import Manifest
from fake_registry.spec.names import Reference, Tag, is_digest


def guard_pull(
    state: RepositoryState,
    record: ManifestRecord | None = None,
    reference: Reference | None = None,
) -> None:
    """Refuse if the repository, the manifest or the tag in `reference` must not be read."""
    _refuse_unless(state.attributes.read_enabled, state, "readEnabled")
    if record is not None:
        _refuse_unless(record.attributes.read_enabled, state, "readEnabled", record.manifest.digest)
    if reference is not None and not is_digest(reference):
        tag = Tag(reference)
        _refuse_unless(state.tags[tag].attributes.read_enabled, state, "readEnabled", tag)


def guard_push(state: RepositoryState, tags: tuple[Tag, ...] = ()) -> None:
    """Refuse if the repository, or a tag that would move, must not be written."""
    _refuse_unless(state.attributes.write_enabled, state, "writeEnabled")
    for tag in tags:
        record = state.tags.get(tag)
        if record is not None:
            _refuse_unless(record.attributes.write_enabled, state, "writeEnabled", tag)


def guard_manifest_push(state: RepositoryState, manifest: Manifest, tags: tuple[Tag, ...]) -> None:
    """Refuse if the repository, the manifest or a tag that would move must not be written."""
    guard_push(state, tags)
    before = state.manifests.get(manifest.digest)
    if before is not None:
        guard_manifest_change(state, before, manifest)


def guard_manifest_change(state: RepositoryState, before: ManifestRecord, after: Manifest) -> None:
    """Refuse to change the media type of a manifest that, or a tag of which [I], is locked.

    To push the same manifest again, for example under another tag, changes nothing and is allowed
    (acr-behaviour 7.1).
    """
    if before.manifest.media_type == after.media_type:
        return

    _refuse_unless(before.attributes.write_enabled, state, "writeEnabled", after.digest)
    for tag in tags_of(state, after.digest):
        _refuse_unless(state.tags[tag].attributes.write_enabled, state, "writeEnabled", tag)


def guard_delete_in(state: RepositoryState) -> None:
    """Refuse if no content of the repository may be deleted.

    `writeEnabled=false` locks a repository with its content, `deleteEnabled=false` only the
    repository.
    """
    _refuse_unless(state.attributes.write_enabled, state, "writeEnabled")


def guard_tag_delete(state: RepositoryState, tag: Tag, record: TagRecord) -> None:
    """Refuse if the tag must not be deleted."""
    guard_delete_in(state)
    _guard_deletable(state, record.attributes, tag)


def guard_manifest_delete(state: RepositoryState, record: ManifestRecord) -> None:
    """Refuse if the manifest, or a tag that would be deleted with it [I], must not be deleted."""
    guard_delete_in(state)
    _guard_deletable(state, record.attributes, record.manifest.digest)
    for tag in tags_of(state, record.manifest.digest):
        _guard_deletable(state, state.tags[tag].attributes, tag)


def is_deletable(state: RepositoryState, record: ManifestRecord) -> bool:
    """Return whether `guard_manifest_delete` allows to delete the manifest."""
    try:
        guard_manifest_delete(state, record)
    except OperationDisallowed:
        return False
    return True


def guard_repository_delete(state: RepositoryState) -> None:
    """Refuse if the repository, or anything in it [I], must not be deleted."""
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
