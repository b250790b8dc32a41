"""distribution-spec v1.1.1, Pushing blobs."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.core.registry import Registry
from fake_registry.spec.errors import BlobUnknown, BlobUploadUnknown, DigestInvalid
from fake_registry.spec.names import RepositoryName, digest_of
from pytest_acr.strategies import blobs, chunkings
from tests.support.backends import A_FEW_EXAMPLES, Backend
from tests.support.images import ABSENT, HELLO, NOWHERE, OTHER, begin_upload, blob_of, has_blob, look, read_blob
from tests.support.memory import TO_THE_LETTER

HEAD, TAIL = b"hello, ", b"registry"
CONTENT = HEAD + TAIL
DIGEST = digest_of(CONTENT)


def test_each_upload_has_its_own_id(registry: Registry) -> None:
    """POST then PUT: the location MUST contain a unique session ID."""
    first, second = registry.start_upload(HELLO), registry.start_upload(HELLO)
    assert first.upload != second.upload
    assert [(status.repository, status.offset) for status in (first, second)] == [(HELLO, 0), (HELLO, 0)]


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
@pytest.mark.parametrize(
    ("chunks", "tail"),
    [
        ((), (CONTENT,)),
        ((CONTENT,), ()),
        ((HEAD, TAIL), ()),
        ((HEAD,), (TAIL,)),
        ((HEAD, b""), (TAIL[:3], b"", TAIL[3:])),
        (tuple(bytes([byte]) for byte in CONTENT), ()),
    ],
    ids=["put", "patch", "patches", "patch-and-put", "empty-pieces", "byte-by-byte"],
)
def test_finished_upload_can_be_pulled(
    registry: Registry, chunks: Iterable[bytes], tail: Iterable[bytes], algorithm: str
) -> None:
    """Pushing blobs: on success the response MUST have a Location, a pullable blob URL; the final chunk MAY come with
    the closing PUT."""
    described = blob_of(CONTENT, algorithm=algorithm)
    upload = begin_upload(registry, *chunks)

    assert registry.finish_upload(HELLO, upload, described.digest, tail=tail) == described
    assert read_blob(registry, HELLO, described.digest) == CONTENT


@A_FEW_EXAMPLES
@given(data=st.data(), content=blobs(max_size=2_000))
def test_any_chunking_gives_the_same_blob(backend: Backend, data: st.DataObject, content: bytes) -> None:
    """Pushing a blob in chunks: how it is cut, over PATCHes and within one, makes no difference."""
    *chunks, tail = [data.draw(chunkings(chunk)) for chunk in data.draw(chunkings(content)) or [b""]]
    with backend(TO_THE_LETTER) as registry:
        upload = registry.start_upload(HELLO).upload
        offsets = [registry.append_chunk(HELLO, upload, chunk).offset for chunk in chunks]
        described = registry.finish_upload(HELLO, upload, digest_of(content), tail=tail)
        pulled = read_blob(registry, HELLO, digest_of(content))

    assert (described, pulled) == (blob_of(content), content)
    assert offsets == [sum(len(b"".join(chunk)) for chunk in chunks[: place + 1]) for place in range(len(chunks))]


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_blob_pushed_in_one_request_can_be_pulled(registry: Registry, algorithm: str) -> None:
    """Single POST: on success the response MUST have a Location, a pullable blob URL."""
    described = blob_of(CONTENT, algorithm=algorithm)
    assert registry.put_blob(HELLO, described.digest, [HEAD, TAIL]) == described
    assert read_blob(registry, HELLO, described.digest) == CONTENT


def test_empty_blob_can_be_pushed(registry: Registry) -> None:
    """Pushing blobs: no sentence forbids a blob of no bytes; the Azure SDKs push one as POST and PUT."""
    empty = blob_of(b"")

    assert registry.finish_upload(HELLO, begin_upload(registry), empty.digest) == empty
    assert registry.put_blob(OTHER, empty.digest, []) == empty
    assert [read_blob(registry, place, empty.digest) for place in (HELLO, OTHER)] == [b"", b""]


def test_same_blob_can_be_pushed_twice(registry: Registry) -> None:
    """Layer Upload De-duplication: both operations proceed, one copy is stored."""
    first, second = begin_upload(registry, CONTENT), begin_upload(registry, HEAD)
    registry.finish_upload(HELLO, first, DIGEST)
    registry.finish_upload(HELLO, second, DIGEST, tail=[TAIL])
    registry.put_blob(HELLO, DIGEST, [CONTENT])

    assert read_blob(registry, HELLO, DIGEST) == CONTENT


def test_blob_put_under_a_wrong_digest_is_refused(registry: Registry) -> None:
    """Single POST: the digest MUST match the blob's digest."""
    before = look(registry, ABSENT, DIGEST)

    with pytest.raises(DigestInvalid):
        registry.put_blob(HELLO, ABSENT, [CONTENT])
    assert look(registry, ABSENT, DIGEST) == before


def test_blob_is_unknown_until_its_upload_is_finished(registry: Registry) -> None:
    """Pushing a blob in chunks: the session MUST be closed with a PUT request."""
    upload = begin_upload(registry, CONTENT)

    with pytest.raises(BlobUnknown):
        registry.stat_blob(HELLO, DIGEST)

    registry.finish_upload(HELLO, upload, DIGEST)
    assert registry.stat_blob(HELLO, DIGEST) == blob_of(CONTENT)


def test_finished_upload_is_unknown(registry: Registry) -> None:
    """Pushing a blob in chunks: the PUT closes the session."""
    upload = begin_upload(registry, CONTENT)
    registry.finish_upload(HELLO, upload, DIGEST)

    with pytest.raises(BlobUploadUnknown):
        registry.upload_status(HELLO, upload)
    with pytest.raises(BlobUploadUnknown):
        registry.append_chunk(HELLO, upload, [b"more"])
    with pytest.raises(BlobUploadUnknown):
        registry.finish_upload(HELLO, upload, DIGEST)


def test_upload_status_has_the_number_of_bytes_received(registry: Registry) -> None:
    """Pushing a blob in chunks: a response to GET MUST have the Range of the uploaded bytes."""
    upload = begin_upload(registry, HEAD)

    assert registry.upload_status(HELLO, upload).offset == len(HEAD)
    assert registry.append_chunk(HELLO, upload, [TAIL]).offset == len(CONTENT)

    status = registry.upload_status(HELLO, upload)
    assert (status.repository, status.upload, status.offset) == (HELLO, upload, len(CONTENT))


def test_concurrent_uploads_stay_separate(registry: Registry) -> None:
    """POST then PUT: a session ID stands for one upload."""
    first, second = begin_upload(registry, HEAD), begin_upload(registry, b"something ")
    registry.append_chunk(HELLO, second, [b"else"])
    registry.append_chunk(HELLO, first, [TAIL])
    registry.finish_upload(HELLO, second, digest_of(b"something else"))
    registry.finish_upload(HELLO, first, DIGEST)

    assert [read_blob(registry, HELLO, digest) for digest in (DIGEST, digest_of(b"something else"))] == [
        CONTENT,
        b"something else",
    ]


def test_cancelled_upload_is_unknown(registry: Registry) -> None:
    """Cancel a blob upload (end-14)."""
    upload = begin_upload(registry, CONTENT)
    registry.cancel_upload(HELLO, upload)

    for again in (registry.upload_status, registry.cancel_upload):
        with pytest.raises(BlobUploadUnknown):
            again(HELLO, upload)
    with pytest.raises(BlobUploadUnknown):
        registry.finish_upload(HELLO, upload, DIGEST)
    assert not has_blob(registry, HELLO, DIGEST)


@pytest.mark.parametrize("action", ["status", "append", "finish", "cancel"])
@pytest.mark.parametrize("repository", [OTHER, NOWHERE], ids=["another-repository", "no-repository"])
def test_upload_is_unknown_in_other_repositories(registry: Registry, repository: RepositoryName, action: str) -> None:
    """Endpoints (end-5, end-6, end-13, end-14): 404 for an id without an upload in this repository."""
    registry.put_blob(OTHER, digest_of(b"so that it is there"), [b"so that it is there"])
    upload = begin_upload(registry, HEAD)
    calls: dict[str, Callable[[], object]] = {
        "status": lambda: registry.upload_status(repository, upload),
        "append": lambda: registry.append_chunk(repository, upload, [TAIL]),
        "finish": lambda: registry.finish_upload(repository, upload, DIGEST, tail=[TAIL]),
        "cancel": lambda: registry.cancel_upload(repository, upload),
    }

    with pytest.raises(BlobUploadUnknown):
        calls[action]()
    assert registry.finish_upload(HELLO, upload, DIGEST, tail=[TAIL]) == blob_of(CONTENT)


def test_upload_creates_no_repository(registry: Registry) -> None:
    """acr-behaviour 5: a repository is its manifests; a repository with only blobs is not listed."""
    empty = look(registry)
    upload = begin_upload(registry, CONTENT)

    assert look(registry) == empty

    registry.finish_upload(HELLO, upload, DIGEST)
    assert look(registry) == empty
