"""distribution-spec v1.1.1, Mounting a blob from another repository (end-11)."""

import pytest

from fake_registry.core.registry import Registry, UploadStatus
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.names import RepositoryName
from tests.support.backends import Open
from tests.support.images import HELLO, NOWHERE, OTHER, blob_of, has_blob, look, read_blob
from tests.support.memory import TO_THE_LETTER

CONTENT = b"a layer that both have"


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("source", [OTHER, None], ids=["from-source", "from-anywhere"])
def test_mounted_blob_can_be_pulled(registry: Registry, source: RepositoryName | None, algorithm: str) -> None:
    """A successful mount MUST give a Location; it MAY cross-mount the blob if it can be found without `from`."""
    described = blob_of(CONTENT, algorithm=algorithm)
    registry.put_blob(OTHER, described.digest, [CONTENT])

    assert registry.mount_blob(HELLO, described.digest, source=source) == described
    assert read_blob(registry, HELLO, described.digest) == CONTENT
    assert read_blob(registry, OTHER, described.digest) == CONTENT


def test_existing_blob_can_be_mounted(registry: Registry) -> None:
    """A mount from a repository into itself, and a second one, change nothing."""
    described = blob_of(CONTENT)
    registry.put_blob(HELLO, described.digest, [CONTENT])
    mounts = [registry.mount_blob(HELLO, described.digest, source=HELLO) for _ in range(2)]

    assert (mounts, read_blob(registry, HELLO, described.digest)) == ([described, described], CONTENT)


def test_mounted_blob_remains_after_its_source_is_deleted(registry: Registry) -> None:
    """A repository is a scope: deleting the blob in one leaves the other's."""
    described = blob_of(CONTENT)
    registry.put_blob(OTHER, described.digest, [CONTENT])
    registry.mount_blob(HELLO, described.digest, source=OTHER)
    registry.delete_blob(OTHER, described.digest)

    assert not has_blob(registry, OTHER, described.digest)
    assert read_blob(registry, HELLO, described.digest) == CONTENT


@pytest.mark.parametrize("source", [OTHER, NOWHERE, None], ids=["not-in-source", "no-source", "not-anywhere"])
def test_mount_of_an_absent_blob_starts_an_upload(registry: Registry, source: RepositoryName | None) -> None:
    """If unable to mount the requested blob, it SHOULD return a 202: the upload session has begun."""
    described = blob_of(CONTENT)
    registry.put_blob(OTHER, blob_of(b"another").digest, [b"another"])
    status = start_by_mount(registry, source)

    assert (status.repository, status.offset) == (HELLO, 0)

    registry.append_chunk(HELLO, status.upload, [CONTENT[:5]])
    assert registry.finish_upload(HELLO, status.upload, described.digest, tail=[CONTENT[5:]]) == described


def test_mount_searches_only_the_named_source(registry: Registry) -> None:
    """Only `from` missing MAY be answered from elsewhere."""
    registry.put_blob(OTHER, blob_of(CONTENT).digest, [CONTENT])
    assert start_by_mount(registry, NOWHERE).offset == 0
    assert not has_blob(registry, HELLO, blob_of(CONTENT).digest)


def test_mount_from_anywhere_can_be_switched_off(open_registry: Open) -> None:
    """The registry MAY treat `from` as optional, so it need not."""
    registry = open_registry(TO_THE_LETTER.evolve(mount_from_anywhere=False))
    registry.put_blob(OTHER, blob_of(CONTENT).digest, [CONTENT])

    assert start_by_mount(registry, None).offset == 0
    assert not has_blob(registry, HELLO, blob_of(CONTENT).digest)


def test_mount_creates_no_repository(registry: Registry) -> None:
    """acr-behaviour 5: a repository is its manifests."""
    described = blob_of(CONTENT)
    registry.put_blob(OTHER, described.digest, [CONTENT])
    before = look(registry)

    assert isinstance(registry.mount_blob(HELLO, described.digest, source=OTHER), Descriptor)
    assert look(registry) == before


def start_by_mount(registry: Registry, source: RepositoryName | None) -> UploadStatus:
    """Mount an absent blob into `HELLO` and return the upload that starts instead."""
    status = registry.mount_blob(HELLO, blob_of(CONTENT).digest, source=source)
    assert isinstance(status, UploadStatus)
    return status
