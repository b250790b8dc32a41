"""ACR data plane API 2021-07-01, changeable attributes and the deletion of a repository; acr-behaviour 4.4, 5, 7."""

from collections.abc import Callable

import pytest

from fake_registry.spec.attributes import UNLOCKED, AttributeChanges, ChangeableAttributes, DeletedRepository, Page
from fake_registry.spec.errors import BlobUploadUnknown, NameUnknown, OperationDisallowed
from fake_registry.spec.names import digest_of
from tests.support.backends import AcrRegistry
from tests.support.images import HELLO, OTHER, V1, V2, V3, image, index, look, push

LOCKED = AttributeChanges(delete_enabled=False, write_enabled=False, read_enabled=False, list_enabled=False)
UNLOCK = AttributeChanges(delete_enabled=True, write_enabled=True, read_enabled=True, list_enabled=True)
HIDDEN = AttributeChanges(list_enabled=False)


def test_each_attribute_changes_alone(azure: AcrRegistry) -> None:
    """acr-behaviour 4.4: absent keys stay; the answer is the whole object. Levels are apart
    (acr-behaviour 7.1)."""
    push(azure, HELLO, image(), tags=[V1])
    repository = azure.update_repository_attributes(HELLO, AttributeChanges(read_enabled=False))
    manifest = azure.update_manifest_attributes(HELLO, image().digest, AttributeChanges(delete_enabled=False))
    tag = azure.update_tag_attributes(HELLO, V1, AttributeChanges(write_enabled=False))
    tag = azure.update_tag_attributes(HELLO, V1, AttributeChanges(list_enabled=False))

    assert (repository, manifest, tag) == (
        azure.repository_properties(HELLO),
        azure.manifest_properties(HELLO, image().digest),
        azure.tag_properties(HELLO, V1),
    )
    assert (repository.attributes, manifest.attributes, tag.attributes) == (
        ChangeableAttributes(read_enabled=False),
        ChangeableAttributes(delete_enabled=False),
        ChangeableAttributes(write_enabled=False, list_enabled=False),
    )


def test_fully_locked_items_can_be_described_and_unlocked(azure: AcrRegistry) -> None:
    """acr-behaviour 4.4: PATCH works on a fully locked item, which could not be unlocked otherwise."""
    push(azure, HELLO, image(), tags=[V1])
    before = (
        azure.repository_properties(HELLO),
        azure.manifest_properties(HELLO, image().digest),
        azure.tag_properties(HELLO, V1),
    )
    for changes in (LOCKED, UNLOCK):
        azure.update_repository_attributes(HELLO, changes)
        azure.update_manifest_attributes(HELLO, image().digest, changes)
        azure.update_tag_attributes(HELLO, V1, changes)

    assert before == (
        azure.repository_properties(HELLO),
        azure.manifest_properties(HELLO, image().digest),
        azure.tag_properties(HELLO, V1),
    )


def test_hidden_repository_is_only_absent_from_the_catalog(azure: AcrRegistry) -> None:
    """acr-behaviour 7.1, listEnabled: it disappears from its parent's list; single GET, pull and push go on."""
    push(azure, HELLO, image(), tags=[V1])
    push(azure, OTHER, image(), tags=[V1])
    azure.update_repository_attributes(HELLO, HIDDEN)
    push(azure, HELLO, image(b"another"), tags=[V2])

    assert (azure.list_repositories(), azure.list_repositories(limit=1)) == (Page([OTHER]), Page([OTHER]))
    assert azure.get_manifest(HELLO, V1) == image().manifest
    assert [found.tag for found in azure.list_tag_properties(HELLO).items] == [V1, V2]


def test_hidden_tag_is_only_absent_from_tag_lists(azure: AcrRegistry) -> None:
    """acr-behaviour 7.1, listEnabled."""
    push(azure, HELLO, image(), tags=[V1, V2, V3])
    azure.update_tag_attributes(HELLO, V2, HIDDEN)

    assert (azure.list_tags(HELLO), azure.list_tags(HELLO, limit=2)) == (Page([V1, V3]), Page([V1, V3]))
    assert [found.tag for found in azure.list_tag_properties(HELLO).items] == [V1, V3]
    assert azure.get_manifest(HELLO, V2) == image().manifest
    assert azure.tag_properties(HELLO, V2).attributes == ChangeableAttributes(list_enabled=False)


def test_hidden_manifest_is_only_absent_from_the_manifest_list(azure: AcrRegistry) -> None:
    """acr-behaviour 7.1, listEnabled."""
    push(azure, HELLO, image(b"one"), image(b"two"), tags=[V1])
    azure.update_manifest_attributes(HELLO, image(b"two").digest, HIDDEN)

    assert [found.digest for found in azure.list_manifests(HELLO).items] == [image(b"one").digest]
    assert azure.get_manifest(HELLO, V1) == image(b"two").manifest
    assert list(azure.list_tags(HELLO).items) == [V1]


def test_deleting_a_repository_removes_its_content(azure: AcrRegistry) -> None:
    """Repository - Delete: digests sorted, children of an index included; it leaves the catalogue."""
    built = [image(b"one"), image(b"two"), index(image(b"one").manifest)]
    digests = [digest_of(b"one"), *(one.digest for one in built)]
    push(azure, OTHER, image(b"another"), tags=[V3])
    before = look(azure, *digests)
    push(azure, HELLO, *built, tags=[V2, V1])

    assert azure.delete_repository(HELLO) == DeletedRepository(manifests=tuple(sorted(digests[1:])), tags=(V1, V2))
    assert look(azure, *digests) == before
    with pytest.raises(NameUnknown):
        azure.delete_repository(HELLO)


def test_deleting_a_repository_removes_its_uploads(azure: AcrRegistry) -> None:
    """Repository - Delete: everything in the repository goes."""
    push(azure, HELLO, image())
    upload = azure.start_upload(HELLO).upload
    azure.delete_repository(HELLO)

    with pytest.raises(BlobUploadUnknown):
        azure.upload_status(HELLO, upload)


def test_repository_pushed_again_after_its_deletion_is_new(azure: AcrRegistry) -> None:
    """acr-behaviour 5: everything in the repository goes, attributes among it."""
    push(azure, HELLO, image(), tags=[V1])
    azure.update_repository_attributes(HELLO, AttributeChanges(read_enabled=False, list_enabled=False))
    before = azure.repository_properties(HELLO)
    azure.delete_repository(HELLO)
    push(azure, HELLO, image(), tags=[V2])
    after = azure.repository_properties(HELLO)

    assert (after.attributes, after.tag_count, before.created < after.created) == (UNLOCKED, 1, True)
    assert azure.list_repositories() == Page([HELLO])


def test_repository_removed_with_its_last_manifest_is_unlocked_when_pushed_again(azure: AcrRegistry) -> None:
    """acr-behaviour 5: a repository whose last manifest is gone disappears."""
    push(azure, HELLO, image(), tags=[V1])
    azure.update_repository_attributes(HELLO, AttributeChanges(delete_enabled=False, list_enabled=False))
    before = azure.repository_properties(HELLO)
    azure.delete_manifest(HELLO, image().digest)
    push(azure, HELLO, image(), tags=[V1])
    after = azure.repository_properties(HELLO)

    assert (after.attributes, before.created < after.created) == (UNLOCKED, True)


@pytest.mark.parametrize(
    "lock",
    [
        lambda azure, changes: azure.update_repository_attributes(HELLO, changes),
        lambda azure, changes: azure.update_manifest_attributes(HELLO, image(b"one").digest, changes),
        lambda azure, changes: azure.update_tag_attributes(HELLO, V1, changes),
    ],
    ids=["repository", "manifest", "tag"],
)
@pytest.mark.parametrize("changes", [AttributeChanges(delete_enabled=False), AttributeChanges(write_enabled=False)])
def test_repository_with_a_locked_item_is_not_deleted(
    azure: AcrRegistry, lock: Callable[[AcrRegistry, AttributeChanges], object], changes: AttributeChanges
) -> None:
    """acr-behaviour 7.1: refuse with 405 and delete nothing [I]."""
    push(azure, HELLO, image(b"one"), image(b"two"), tags=[V1])
    lock(azure, changes)
    before = look(azure, image(b"one").digest, image(b"two").digest, digest_of(b"one"))

    with pytest.raises(OperationDisallowed):
        azure.delete_repository(HELLO)
    assert look(azure, image(b"one").digest, image(b"two").digest, digest_of(b"one")) == before
