"""distribution-spec v1.1.1, Pull."""

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.core.registry import Registry
from fake_registry.spec.errors import BlobUnknown, ManifestUnknown
from fake_registry.spec.names import Reference, RepositoryName, digest_of
from tests.support.backends import A_FEW_EXAMPLES, Backend
from tests.support.images import (
    ABSENT,
    HELLO,
    NOWHERE,
    OTHER,
    V1,
    V2,
    Built,
    blob_of,
    every_kind,
    identity_of,
    image,
    push,
    read_blob,
)
from tests.support.memory import TO_THE_LETTER

CONTENT = bytes(range(256)) * 3


@pytest.mark.parametrize("built", every_kind().values(), ids=every_kind())
def test_manifest_is_pulled_by_tag_and_by_digest(registry: Registry, built: tuple[Built, ...]) -> None:
    """Pulling manifests: a GET of an existing manifest MUST provide the expected manifest, and MUST give its digest."""
    push(registry, HELLO, *built, tags=[V1])
    manifest = built[-1].manifest
    by_tag = registry.get_manifest(HELLO, V1)

    assert registry.get_manifest(HELLO, manifest.digest) == manifest
    # asked by tag, a registry on the far side of HTTP may name the digest by its own algorithm (MAY differ)
    assert (by_tag.content, by_tag.media_type) == (manifest.content, manifest.media_type)
    assert digest_of(by_tag.content, by_tag.digest.partition(":")[0]) == by_tag.digest


@pytest.mark.parametrize("repository", [HELLO, NOWHERE], ids=["no-manifest", "no-repository"])
@pytest.mark.parametrize("reference", [V2, ABSENT], ids=["tag", "digest"])
def test_missing_manifest_is_unknown(registry: Registry, repository: RepositoryName, reference: Reference) -> None:
    """Pulling manifests: if the manifest is not found in the repository, the response code MUST be 404. Pushing
    Manifests: an attempt to pull a nonexistent repository MUST return 404."""
    push(registry, HELLO, image(), tags=[V1])

    with pytest.raises(ManifestUnknown):
        registry.get_manifest(repository, reference)
    with pytest.raises(ManifestUnknown):
        registry.stat_manifest(repository, reference)


def test_manifest_is_unknown_in_other_repositories(registry: Registry) -> None:
    """Definitions: a repository is a scope for API calls."""
    push(registry, HELLO, image(), tags=[V1])
    push(registry, OTHER, image(b"another"))

    with pytest.raises(ManifestUnknown):
        registry.get_manifest(OTHER, V1)
    with pytest.raises(ManifestUnknown):
        registry.get_manifest(OTHER, image().digest)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("content", [b"", b"x", CONTENT], ids=["empty", "one-byte", "some"])
def test_pushed_blob_is_pulled(registry: Registry, content: bytes, algorithm: str) -> None:
    """Pulling blobs: a GET of an existing blob MUST provide the expected blob, of that digest."""
    described = blob_of(content, algorithm=algorithm)
    registry.put_blob(HELLO, described.digest, [content])
    with closing(registry.get_blob(HELLO, described.digest)) as reader:
        assert (reader.size, b"".join(reader.chunks())) == (len(content), content)


@A_FEW_EXAMPLES
@given(start=st.integers(0, 12), stop=st.none() | st.integers(0, 12))
def test_any_part_of_a_blob_can_be_read(backend: Backend, start: int, stop: int | None) -> None:
    """Pulling blobs: a registry SHOULD support Range. Half-open here; what lies past the end is left out."""
    content = b"0123456789"
    with backend(TO_THE_LETTER) as registry:
        registry.put_blob(HELLO, digest_of(content), [content[:3], content[3:]])
        with closing(registry.get_blob(HELLO, digest_of(content))) as reader:
            pieces = list(reader.chunks(start, stop))

    assert (b"".join(pieces), all(pieces)) == (content[start:stop], True)


def test_blob_can_be_read_twice_and_closed_twice(registry: Registry) -> None:
    """`BlobReader`: `chunks` starts anew each time; a second `close` has no effect."""
    registry.put_blob(HELLO, digest_of(CONTENT), [CONTENT])
    with closing(registry.get_blob(HELLO, digest_of(CONTENT))) as reader:
        assert [b"".join(reader.chunks()), b"".join(reader.chunks(700))] == [CONTENT, CONTENT[700:]]
        reader.close()


def test_blob_can_be_closed_before_it_is_read_to_its_end(registry: Registry) -> None:
    """`BlobReader`: a reader closed early has no effect on the registry."""
    registry.put_blob(HELLO, digest_of(CONTENT), [CONTENT])
    with closing(registry.get_blob(HELLO, digest_of(CONTENT))) as reader:
        assert CONTENT.startswith(next(reader.chunks()))

    assert read_blob(registry, HELLO, digest_of(CONTENT)) == CONTENT


def test_missing_blob_is_unknown(registry: Registry) -> None:
    """Pulling blobs: if the blob is not found in the repository, the response code MUST be 404."""
    registry.put_blob(HELLO, digest_of(CONTENT), [CONTENT])

    for repository, digest in [(HELLO, ABSENT), (NOWHERE, digest_of(CONTENT))]:
        with pytest.raises(BlobUnknown):
            registry.get_blob(repository, digest)
        with pytest.raises(BlobUnknown):
            registry.stat_blob(repository, digest)


def test_blob_is_unknown_in_other_repositories(registry: Registry) -> None:
    """Definitions: a repository is a scope for API calls."""
    registry.put_blob(HELLO, digest_of(CONTENT), [CONTENT])
    registry.put_blob(OTHER, digest_of(b"another"), [b"another"])

    with pytest.raises(BlobUnknown):
        registry.get_blob(OTHER, digest_of(CONTENT))


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize("content", [b"", CONTENT], ids=["empty", "some"])
def test_stat_blob_returns_digest_and_size(registry: Registry, content: bytes, algorithm: str) -> None:
    """Checking if content exists: a response to HEAD MUST contain the digest and the size in bytes."""
    described = blob_of(content, algorithm=algorithm)
    registry.put_blob(HELLO, described.digest, [content])
    assert registry.stat_blob(HELLO, described.digest) == described


@pytest.mark.parametrize("built", every_kind().values(), ids=every_kind())
def test_stat_manifest_returns_type_digest_and_size(registry: Registry, built: tuple[Built, ...]) -> None:
    """Checking if content exists: a response to HEAD MUST contain the digest and the size in bytes."""
    push(registry, HELLO, *built, tags=[V1])
    described = identity_of(built[-1].manifest.descriptor)

    assert identity_of(registry.stat_manifest(HELLO, built[-1].digest)) == described

    by_tag = registry.stat_manifest(HELLO, V1)
    assert (by_tag.media_type, by_tag.size) == (described.media_type, described.size)
