"""distribution-spec v1.1.1, Pushing a blob in chunks: out of order, interrupted, concurrent, with a
wrong digest."""

from collections.abc import Iterator

import pytest

from fake_registry.core.registry import Registry
from fake_registry.spec.errors import BlobUploadInvalid, BlobUploadRangeInvalid, BlobUploadUnknown, DigestInvalid
from fake_registry.spec.names import digest_of
from tests.support.backends import Open
from tests.support.images import HELLO, begin_upload, blob_of, has_blob, look, read_blob
from tests.support.memory import TO_THE_LETTER

HEAD, TAIL = b"hello, ", b"registry"
CONTENT = HEAD + TAIL
DIGEST = digest_of(CONTENT)


class BrokenOffError(Exception):
    """The error of the caller's own body while it is read."""


def interrupt(*pieces: bytes) -> Iterator[bytes]:
    """Yield `pieces`, then raise."""
    yield from pieces
    raise BrokenOffError


@pytest.mark.parametrize("offset", [0, len(HEAD) - 1, len(HEAD) + 1, 10_000])
def test_chunk_out_of_order_is_refused(registry: Registry, offset: int) -> None:
    """Pushing a blob in chunks: if a chunk is uploaded out of order, the registry MUST respond with 416."""
    upload = begin_upload(registry, HEAD)

    with pytest.raises(BlobUploadRangeInvalid):
        registry.append_chunk(HELLO, upload, [TAIL], offset=offset)
    assert registry.upload_status(HELLO, upload).offset == len(HEAD)

    registry.append_chunk(HELLO, upload, [TAIL], offset=len(HEAD))
    assert registry.finish_upload(HELLO, upload, DIGEST) == blob_of(CONTENT)


def test_first_chunk_must_start_at_byte_0(registry: Registry) -> None:
    """Pushing a blob in chunks: the first chunk's range MUST begin with 0."""
    upload = begin_upload(registry)

    with pytest.raises(BlobUploadRangeInvalid):
        registry.append_chunk(HELLO, upload, [TAIL], offset=len(HEAD))
    assert registry.append_chunk(HELLO, upload, [HEAD], offset=0).offset == len(HEAD)


@pytest.mark.parametrize("offset", [0, len(HEAD) + 1])
def test_final_chunk_out_of_order_is_refused(registry: Registry, offset: int) -> None:
    """Pushing a blob in chunks: if the final chunk is uploaded out of order, the registry MUST respond with 416."""
    upload = begin_upload(registry, HEAD)

    with pytest.raises(BlobUploadRangeInvalid):
        registry.finish_upload(HELLO, upload, DIGEST, tail=[TAIL], offset=offset)
    assert not has_blob(registry, HELLO, DIGEST)
    assert registry.finish_upload(HELLO, upload, DIGEST, tail=[TAIL], offset=len(HEAD)) == blob_of(CONTENT)


def test_repeated_chunk_is_refused(registry: Registry) -> None:
    """acr-behaviour 8.1: a PATCH to an earlier Location is BLOB_UPLOAD_INVALID (Azure/azure-sdk-for-net#35322)."""
    upload = begin_upload(registry)
    registry.append_chunk(HELLO, upload, [HEAD], seen=0)

    with pytest.raises(BlobUploadInvalid) as refused:
        registry.append_chunk(HELLO, upload, [HEAD], seen=0)
    assert type(refused.value) is BlobUploadInvalid
    with pytest.raises(BlobUploadInvalid):
        registry.finish_upload(HELLO, upload, DIGEST, tail=[TAIL], seen=0)
    assert registry.finish_upload(HELLO, upload, DIGEST, tail=[TAIL], seen=len(HEAD)) == blob_of(CONTENT)


@pytest.mark.parametrize("tail", [b"", b"reg", TAIL + b"!"], ids=["missing", "short", "long"])
def test_wrong_digest_does_not_change_the_upload(registry: Registry, tail: bytes) -> None:
    """Pushing blobs: an invalid digest is 400; the same PUT with the right tail then works."""
    upload = begin_upload(registry, HEAD)

    with pytest.raises(DigestInvalid):
        registry.finish_upload(HELLO, upload, DIGEST, tail=[tail])
    assert registry.upload_status(HELLO, upload).offset == len(HEAD)
    assert not has_blob(registry, HELLO, DIGEST)
    assert registry.finish_upload(HELLO, upload, DIGEST, tail=[TAIL]) == blob_of(CONTENT)


@pytest.mark.parametrize("tail", [b"", b"reg", TAIL + b"!"], ids=["missing", "short", "long"])
def test_wrong_digest_can_end_the_upload(open_registry: Open, tail: bytes) -> None:
    """acr-behaviour 8.1: what ACR does with the upload is not known, dropping it is inferred [I]."""
    registry = open_registry(TO_THE_LETTER.evolve(upload_survives_wrong_digest=False))
    upload = begin_upload(registry, HEAD)

    with pytest.raises(DigestInvalid):
        registry.finish_upload(HELLO, upload, DIGEST, tail=[tail])
    with pytest.raises(BlobUploadUnknown):
        registry.upload_status(HELLO, upload)
    assert not has_blob(registry, HELLO, DIGEST)


def test_interrupted_chunk_changes_nothing(registry: Registry) -> None:
    """Resumable Push: after an interruption the client asks for the offset and goes on from there."""
    upload = begin_upload(registry, HEAD)

    with pytest.raises(BrokenOffError):
        registry.append_chunk(HELLO, upload, interrupt(TAIL[:4]))
    with pytest.raises(BrokenOffError):
        registry.finish_upload(HELLO, upload, DIGEST, tail=interrupt(TAIL))
    assert registry.upload_status(HELLO, upload).offset == len(HEAD)
    assert registry.finish_upload(HELLO, upload, DIGEST, tail=[TAIL]) == blob_of(CONTENT)


def test_interrupted_blob_is_not_stored(registry: Registry) -> None:
    """Single POST: Content-Length MUST match the blob's actual content length."""
    before = look(registry, DIGEST)

    with pytest.raises(BrokenOffError):
        registry.put_blob(HELLO, DIGEST, interrupt(CONTENT))
    assert look(registry, DIGEST) == before


@pytest.mark.parametrize("offset", [None, 0])
def test_only_one_of_two_concurrent_chunks_is_stored(registry: Registry, offset: int | None) -> None:
    """Pushing a blob in chunks: chunks MUST be uploaded in order; of two at once one is refused."""
    upload = begin_upload(registry)

    def late_body() -> Iterator[bytes]:
        yield b"lo"
        registry.append_chunk(HELLO, upload, [HEAD], offset=offset)
        yield b"st"

    with pytest.raises(BlobUploadInvalid):
        registry.append_chunk(HELLO, upload, late_body(), offset=offset)
    assert registry.upload_status(HELLO, upload).offset == len(HEAD)
    assert registry.finish_upload(HELLO, upload, DIGEST, tail=[TAIL]) == blob_of(CONTENT)


def test_finish_is_refused_if_a_chunk_arrives_meanwhile(registry: Registry) -> None:
    """Pushing a blob in chunks: the final chunk, too, follows the last one."""
    upload = begin_upload(registry, HEAD)

    def late_body() -> Iterator[bytes]:
        registry.append_chunk(HELLO, upload, [b"more"])
        yield TAIL

    with pytest.raises(BlobUploadInvalid):
        registry.finish_upload(HELLO, upload, DIGEST, tail=late_body())
    assert registry.upload_status(HELLO, upload).offset == len(HEAD + b"more")
    assert not has_blob(registry, HELLO, DIGEST)


def test_chunk_is_refused_if_the_upload_ends_meanwhile(registry: Registry) -> None:
    """Pushing a blob in chunks, Cancel a blob upload: an ended upload accepts no bytes."""
    closing, cancelled = begin_upload(registry, CONTENT), begin_upload(registry, HEAD)

    def body_late_for_finish() -> Iterator[bytes]:
        registry.finish_upload(HELLO, closing, DIGEST)
        yield b"late"

    def body_late_for_cancel() -> Iterator[bytes]:
        registry.cancel_upload(HELLO, cancelled)
        yield TAIL

    with pytest.raises(BlobUploadUnknown):
        registry.append_chunk(HELLO, closing, body_late_for_finish())
    with pytest.raises(BlobUploadUnknown):
        registry.append_chunk(HELLO, cancelled, body_late_for_cancel())
    for upload in (closing, cancelled):
        with pytest.raises(BlobUploadUnknown):
            registry.upload_status(HELLO, upload)
    assert read_blob(registry, HELLO, DIGEST) == CONTENT
