"""distribution-spec v1.1.1, Content Management, and the life of a repository (acr-behaviour 5)."""

from collections.abc import Callable

import pytest

from fake_registry.core.registry import Registry
from fake_registry.spec.attributes import Page
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown, NameUnknown, RegistryError, TagUnknown
from fake_registry.spec.names import RepositoryName, digest_of
from tests.support.images import (
    ABSENT,
    HELLO,
    NOWHERE,
    OTHER,
    V1,
    V2,
    V3,
    has_blob,
    has_manifest,
    image,
    index,
    look,
    push,
    read_blob,
)


def test_deleting_a_tag_keeps_its_manifest(registry: Registry) -> None:
    """Deleting tags: once deleted, a GET of the tag will return a 404. acr-behaviour 5: untag only."""
    push(registry, HELLO, image(b"layer"), tags=[V1, V2])

    assert registry.delete_tag(HELLO, V1) == image(b"layer").digest
    with pytest.raises(ManifestUnknown):
        registry.get_manifest(HELLO, V1)
    assert registry.list_tags(HELLO) == Page([V2])
    assert registry.delete_tag(HELLO, V2) == image(b"layer").digest
    assert registry.list_tags(HELLO) == Page([])
    assert registry.get_manifest(HELLO, image(b"layer").digest) == image(b"layer").manifest


@pytest.mark.parametrize("repository", [HELLO, NOWHERE], ids=["no-tag", "no-repository"])
def test_deleting_an_absent_tag_is_refused(registry: Registry, repository: RepositoryName) -> None:
    """Endpoints (end-9): 404."""
    push(registry, HELLO, image(), tags=[V1])
    push(registry, OTHER, image(), tags=[V2])
    before = look(registry, image().digest)

    with pytest.raises(TagUnknown):
        registry.delete_tag(repository, V2)
    assert look(registry, image().digest) == before


def test_deleted_tag_can_be_pushed_again(registry: Registry) -> None:
    """Deleting tags: the specification keeps nothing of a deleted tag."""
    push(registry, HELLO, image(b"old"), tags=[V1])
    registry.delete_tag(HELLO, V1)
    push(registry, HELLO, image(b"new"), tags=[V1])

    assert registry.get_manifest(HELLO, V1) == image(b"new").manifest
    with pytest.raises(TagUnknown):
        registry.delete_tag(HELLO, V2)


def test_deleting_a_manifest_removes_its_tags(registry: Registry) -> None:
    """Deleting Manifests: once deleted, a GET of the digest and any tag pointing to that digest will return a 404."""
    gone, stays = image(b"gone"), image(b"stays")
    push(registry, HELLO, stays, tags=[V1])
    push(registry, HELLO, gone, tags=[V2, V3])
    registry.delete_manifest(HELLO, gone.digest)

    for reference in (gone.digest, V2, V3):
        with pytest.raises(ManifestUnknown):
            registry.get_manifest(HELLO, reference)
    assert registry.list_tags(HELLO) == Page([V1])
    assert registry.get_manifest(HELLO, V1) == stays.manifest


def test_manifest_can_be_deleted_after_its_tags(registry: Registry) -> None:
    """Deleting tags, Deleting Manifests: one after the other."""
    push(registry, HELLO, image(b"gone"), tags=[V1, V2])
    push(registry, HELLO, image(b"stays"), tags=[V3])
    registry.delete_tag(HELLO, V1)
    push(registry, HELLO, image(b"stays"), tags=[V1])
    registry.delete_manifest(HELLO, image(b"gone").digest)

    assert registry.list_tags(HELLO) == Page([V1, V3])
    assert not has_manifest(registry, HELLO, V2)


def test_deleting_a_manifest_keeps_a_tag_that_has_moved_to_another(registry: Registry) -> None:
    """Deleting Manifests: tags go that point to that digest now."""
    push(registry, HELLO, image(b"old"), tags=[V1])
    push(registry, HELLO, image(b"new"), tags=[V1])
    registry.delete_manifest(HELLO, image(b"old").digest)

    assert registry.get_manifest(HELLO, V1) == image(b"new").manifest


@pytest.mark.parametrize("repository", [HELLO, NOWHERE], ids=["no-manifest", "no-repository"])
def test_deleting_an_absent_manifest_is_refused(registry: Registry, repository: RepositoryName) -> None:
    """Deleting Manifests: if the repository does not exist, the response MUST return 404."""
    push(registry, HELLO, image(), tags=[V1])
    before = look(registry, image().digest)

    with pytest.raises(ManifestUnknown):
        registry.delete_manifest(repository, ABSENT)
    assert look(registry, image().digest) == before


def test_deleting_a_manifest_keeps_its_blobs(registry: Registry) -> None:
    """Deleting Manifests: the specification does not mention blobs."""
    built = image(b"layer")
    push(registry, HELLO, built)
    registry.delete_manifest(HELLO, built.digest)

    assert read_blob(registry, HELLO, digest_of(b"layer")) == b"layer"

    registry.put_manifest(HELLO, built.manifest, tags=[V1])
    assert registry.get_manifest(HELLO, V1) == built.manifest


def test_child_can_be_deleted_before_its_index(registry: Registry) -> None:
    """acr-behaviour 5: deleting a child of an index is not refused [I]."""
    child = image(b"child")
    push(registry, HELLO, child, index(child.manifest), tags=[V1])
    registry.delete_manifest(HELLO, child.digest)

    assert registry.get_manifest(HELLO, V1) == index(child.manifest).manifest


def test_deleting_a_subject_keeps_its_referrers(registry: Registry) -> None:
    """Listing Referrers: the subject need not exist. (ACR removes them some time later: acr-behaviour 5.)"""
    sbom = image(b"sbom", subject=image().manifest.descriptor)
    push(registry, HELLO, image(), sbom)
    registry.delete_manifest(HELLO, image().digest)

    assert registry.list_referrers(HELLO, image().digest) == Page([sbom.manifest.descriptor])


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_deleted_blob_is_unknown(registry: Registry, algorithm: str) -> None:
    """Deleting Blobs (end-10)."""
    digest = digest_of(b"layer", algorithm)
    registry.put_blob(HELLO, digest, [b"layer"])
    registry.put_blob(HELLO, digest_of(b"another"), [b"another"])
    registry.delete_blob(HELLO, digest)

    with pytest.raises(BlobUnknown):
        registry.get_blob(HELLO, digest)
    assert read_blob(registry, HELLO, digest_of(b"another")) == b"another"


@pytest.mark.parametrize("repository", [HELLO, NOWHERE], ids=["no-blob", "no-repository"])
def test_deleting_an_absent_blob_is_refused(registry: Registry, repository: RepositoryName) -> None:
    """Deleting Blobs: if the blob is not found, a 404 MUST be returned."""
    push(registry, HELLO, image(b"layer"), tags=[V1])
    before = look(registry, digest_of(b"layer"), ABSENT)

    with pytest.raises(BlobUnknown):
        registry.delete_blob(repository, ABSENT)
    assert look(registry, digest_of(b"layer"), ABSENT) == before


def test_blob_of_a_manifest_can_be_deleted(registry: Registry) -> None:
    """Azure SDK samples, set_get_image: 202, and the manifest is then still read and deleted by digest."""
    built = image(b"layer")
    push(registry, HELLO, built, tags=[V1])
    registry.delete_blob(HELLO, digest_of(b"layer"))

    assert not has_blob(registry, HELLO, digest_of(b"layer"))
    assert registry.get_manifest(HELLO, V1) == built.manifest

    registry.delete_manifest(HELLO, built.digest)
    assert not has_manifest(registry, HELLO, built.digest)


def test_opened_blob_can_be_read_after_its_deletion(registry: Registry) -> None:
    """`BlobReader`: an opened blob stays readable, as an open file does in POSIX."""
    registry.put_blob(HELLO, digest_of(b"layer"), [b"layer"])
    reader = registry.get_blob(HELLO, digest_of(b"layer"))
    registry.delete_blob(HELLO, digest_of(b"layer"))

    assert b"".join(reader.chunks()) == b"layer"
    reader.close()


def test_repository_exists_from_its_first_manifest_to_its_last(registry: Registry) -> None:
    """docs container-registry-retention-policy: a repository is deleted with its last image."""
    first, second = image(b"first"), image(b"second")
    push(registry, OTHER, first)
    assert registry.list_repositories() == Page([OTHER])

    push(registry, HELLO, first, tags=[V1])
    push(registry, HELLO, second)
    assert registry.list_repositories() == Page([HELLO, OTHER])

    registry.delete_manifest(HELLO, first.digest)
    assert registry.list_repositories() == Page([HELLO, OTHER])

    registry.delete_manifest(HELLO, second.digest)
    assert registry.list_repositories() == Page([OTHER])
    with pytest.raises(NameUnknown):
        registry.list_tags(HELLO)

    push(registry, HELLO, first, tags=[V2])
    assert (registry.list_repositories(), registry.list_tags(HELLO)) == (Page([HELLO, OTHER]), Page([V2]))


def test_repository_without_tags_is_kept(registry: Registry) -> None:
    """acr-behaviour 5: a DELETE of a tag untags, so that the manifest, and with it the repository, stays."""
    push(registry, HELLO, image(), tags=[V1])
    registry.delete_tag(HELLO, V1)
    assert registry.list_repositories() == Page([HELLO])


@pytest.mark.parametrize(
    "call",
    [
        lambda registry: registry.get_blob(HELLO, ABSENT),
        lambda registry: registry.get_manifest(HELLO, V1),
        lambda registry: registry.list_tags(HELLO),
        lambda registry: registry.put_blob(HELLO, ABSENT, [b"another content"]),
        lambda registry: registry.put_manifest(HELLO, image(b"never pushed").manifest, tags=[V1]),
        lambda registry: registry.delete_blob(HELLO, ABSENT),
        lambda registry: registry.delete_manifest(HELLO, ABSENT),
        lambda registry: registry.delete_tag(HELLO, V1),
    ],
)
def test_refused_call_changes_nothing(registry: Registry, call: Callable[[Registry], object]) -> None:
    """`core.registry`: a refused call changes nothing; a request for absent content creates none."""
    empty = look(registry, ABSENT)

    with pytest.raises(RegistryError):
        call(registry)
    assert look(registry, ABSENT) == empty
