"""`core.blobs`: content that is never joined, and upload sessions that are not changed."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import FrozenInstanceError

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.core.blobs import Blob, UploadSession
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.running_hash import HashThread, RunningHash
from fake_registry.spec.errors import BlobUploadInvalid, BlobUploadRangeInvalid, DigestInvalid
from fake_registry.spec.names import UploadId, digest_of
from pytest_acr.strategies import blobs, chunkings
from tests.support.images import HELLO, OTHER

UPLOAD = UploadId("upload")
SESSION = UploadSession(upload=UPLOAD, started=0, hasher=RunningHash(HashThread()))
PLACES = st.integers(0, 300)


def blob_from(pieces: list[bytes]) -> Blob:
    """Return a blob as uploads make them."""
    return SESSION.append(pieces).blob_of(digest_of(pieces))


@given(data=st.data(), content=blobs(max_size=250), start=PLACES, stop=st.none() | PLACES)
def test_chunks_of_any_range_are_that_slice_of_the_content(
    data: st.DataObject, content: bytes, start: int, stop: int | None
) -> None:
    blob = blob_from(data.draw(chunkings(content)))
    pieces = list(blob.chunks(start, stop))
    assert (blob.size, b"".join(pieces), all(pieces)) == (len(content), content[start:stop], True)


def test_empty_blob_has_no_chunks() -> None:
    assert (Blob(()).size, list(Blob(()).chunks()), list(blob_from([b"", b""]).chunks())) == (0, [], [])


def test_pieces_are_neither_joined_nor_copied(registry: MemoryRegistry) -> None:
    """A client may push one 4 GB layer: its bytes are in memory once, for all repositories."""
    pieces = [bytes([number]) * 1_000 for number in range(5)]
    digest = digest_of(pieces)
    upload = registry.start_upload(HELLO).upload
    registry.append_chunk(HELLO, upload, pieces[:2])
    registry.append_chunk(HELLO, upload, pieces[2:4])
    registry.finish_upload(HELLO, upload, digest, tail=pieces[4:])
    registry.mount_blob(OTHER, digest, source=HELLO)
    registry.restore(registry.snapshot())
    for repository in (HELLO, OTHER):
        with closing(registry.get_blob(repository, digest)) as reader:
            assert list(map(id, reader.chunks())) == list(map(id, pieces))


def test_blob_pushed_twice_is_kept_once(registry: MemoryRegistry) -> None:
    """distribution-spec, Layer Upload De-duplication: the first to complete is stored, once."""
    first, second = bytes([1]) * 1_000, bytes([1]) * 1_000
    for content in (first, second):
        registry.put_blob(HELLO, digest_of(content), [content])
    with closing(registry.get_blob(HELLO, digest_of(first))) as reader:
        assert [piece is first for piece in reader.chunks()] == [True]


def test_range_uses_only_the_pieces_that_it_overlaps() -> None:
    pieces = [bytes([number]) * 10 for number in range(100)]
    found = list(Blob(tuple(pieces)).chunks(495, 515))
    assert found == [pieces[49][5:], pieces[50], pieces[51][:5]]
    assert found[1] is pieces[50]


def test_chunks_are_yielded_one_by_one() -> None:
    pieces = tuple(bytes([number]) for number in range(3))
    chunks = Blob(pieces).chunks()
    assert [next(chunks), next(chunks), next(chunks), next(chunks, None)] == [*pieces, None]


def test_blob_and_session_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        Blob((b"x",)).size = 2  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        SESSION.offset = 2  # type: ignore[misc]
    assert (Blob((b"x",)).size, SESSION.offset) == (1, 0)


@given(data=st.data(), content=blobs(max_size=200), algorithm=st.sampled_from(["sha256", "sha512"]))
def test_content_appended_in_any_pieces_is_whole(data: st.DataObject, content: bytes, algorithm: str) -> None:
    session = SESSION
    for chunk in data.draw(chunkings(content)):
        session = session.append(data.draw(chunkings(chunk)))
    blob = session.blob_of(digest_of(content, algorithm))
    assert (session.offset, b"".join(blob.chunks()), all(session.pieces)) == (len(content), content, True)


def test_appending_does_not_change_the_session() -> None:
    """The hash so far is copied, so one session can be continued in two ways."""
    begun = SESSION.append([b"hello, "])
    one, other = begun.append([b"one"]), begun.append([b"other"])
    contents = [
        session.blob_of(digest_of(expected)).pieces
        for session, expected in [(begun, b"hello, "), (one, b"hello, one"), (other, b"hello, other"), (SESSION, b"")]
    ]
    assert contents == [(b"hello, ",), (b"hello, ", b"one"), (b"hello, ", b"other"), ()]


def test_interrupted_body_does_not_change_the_session() -> None:
    def break_off() -> Iterator[bytes]:
        yield b"and then "
        raise ConnectionError

    begun = SESSION.append([b"hello"])
    with pytest.raises(ConnectionError):
        begun.append(break_off())
    assert begun.blob_of(digest_of(b"hello")).pieces == (b"hello",)


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_error_has_the_wrong_digest_and_the_right_one(algorithm: str) -> None:
    asked, found = digest_of(b"asked", algorithm), digest_of(b"found", algorithm)
    with pytest.raises(DigestInvalid) as refused:
        SESSION.append([b"found"]).blob_of(asked)
    assert refused.value.facts == {"digest": asked, "found": found}


@pytest.mark.parametrize(
    ("offset", "seen", "error"),
    [
        (None, None, None),
        (5, None, None),
        (None, 5, None),
        (5, 5, None),
        (0, None, BlobUploadRangeInvalid),
        (6, 5, BlobUploadRangeInvalid),
        (0, 0, BlobUploadRangeInvalid),
        (None, 0, BlobUploadInvalid),
        (None, 6, BlobUploadInvalid),
        (5, 6, BlobUploadInvalid),
    ],
)
def test_position_is_checked(offset: int | None, seen: int | None, error: type[BlobUploadInvalid] | None) -> None:
    """`Registry.append_chunk`: if both `offset` and `seen` are wrong, the error is about `offset`."""
    raised: type[BlobUploadInvalid] | None = None
    try:
        SESSION.append([b"hello"]).check_position(offset=offset, seen=seen)
    except BlobUploadInvalid as refused:
        raised = type(refused)
    assert raised is error
