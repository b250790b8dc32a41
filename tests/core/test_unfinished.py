"""Unfinished uploads expire, and what they take together is bounded; other uploads lose nothing."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from fake_registry.clock import ManualClock
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.unfinished import BYTES_OF_PIECE, BYTES_OF_UPLOAD
from fake_registry.spec.errors import BlobUploadUnknown, OperationDisallowed
from fake_registry.spec.names import RepositoryName, UploadId, digest_of
from tests.support.effort import repeated, rounds
from tests.support.images import HELLO, OTHER, image, push
from tests.support.memory import TO_THE_LETTER, MakeRegistry, content_of
from tests.support.threads import run_together

WEEK = timedelta(days=7)
MOMENT = timedelta(milliseconds=1)
PIECE = b"x" * 1_000


def taken(registry: MemoryRegistry) -> int:
    """Return the bytes that unfinished uploads take."""
    return registry.uploads._unfinished.bytes


def counted(registry: MemoryRegistry) -> int:
    """Return the same, from the uploads themselves."""
    sessions = [session for state in registry.snapshot().repositories for session in state.uploads.values()]
    pieces = sum(len(session.pieces) for session in sessions)
    content = sum(session.offset for session in sessions)
    return BYTES_OF_UPLOAD * len(sessions) + BYTES_OF_PIECE * pieces + content


def start(registry: MemoryRegistry, repository: RepositoryName = HELLO) -> UploadId:
    return registry.start_upload(repository).upload


class TestExpiry:
    def test_upload_expires_a_week_after_it_was_started(self, registry: MemoryRegistry, clock: ManualClock) -> None:
        upload = start(registry)
        clock.advance(WEEK - MOMENT)
        assert registry.upload_status(HELLO, upload).offset == 0

        clock.advance(MOMENT)
        with pytest.raises(BlobUploadUnknown):
            registry.upload_status(HELLO, upload)
        assert (content_of(registry), taken(registry)) == ({"": []}, 0)

    def test_each_chunk_prolongs_the_upload(self, registry: MemoryRegistry, clock: ManualClock) -> None:
        upload = start(registry)
        for _ in range(3):
            clock.advance(WEEK - MOMENT)
            registry.append_chunk(HELLO, upload, [b"ab"])

        assert registry.finish_upload(HELLO, upload, digest_of(b"ababab")).size == 6

    @pytest.mark.parametrize("operation", ["append", "finish", "cancel"])
    def test_expired_upload_is_unknown(self, registry: MemoryRegistry, clock: ManualClock, operation: str) -> None:
        upload = start(registry)
        registry.append_chunk(HELLO, upload, [PIECE])
        clock.advance(WEEK)
        operations: dict[str, Callable[[], object]] = {
            "append": lambda: registry.append_chunk(HELLO, upload, [PIECE]),
            "finish": lambda: registry.finish_upload(HELLO, upload, digest_of(PIECE)),
            "cancel": lambda: registry.cancel_upload(HELLO, upload),
        }

        with pytest.raises(BlobUploadUnknown):
            operations[operation]()
        assert (content_of(registry), taken(registry)) == ({"": []}, 0)

    def test_only_uploads_that_are_old_enough_expire(self, registry: MemoryRegistry, clock: ManualClock) -> None:
        first, second = start(registry), start(registry, OTHER)
        clock.advance(WEEK / 2)
        third = start(registry)
        registry.append_chunk(HELLO, first, [PIECE])
        clock.advance(WEEK / 2)

        left = {upload for state in registry.snapshot().repositories for upload in state.uploads}
        assert left == {first, third}
        assert second not in left
        assert taken(registry) == counted(registry)

    def test_chunk_without_content_prolongs_nothing(self, registry: MemoryRegistry, clock: ManualClock) -> None:
        first = start(registry)
        clock.advance(WEEK / 2)
        start(registry)
        registry.append_chunk(HELLO, first, [])
        clock.advance(WEEK / 2)

        with pytest.raises(BlobUploadUnknown):
            registry.upload_status(HELLO, first)
        assert taken(registry) == counted(registry) == BYTES_OF_UPLOAD

    def test_lifetime_is_a_setting(self, make_registry: MakeRegistry, clock: ManualClock) -> None:
        registry = make_registry(TO_THE_LETTER.evolve(upload_lifetime=timedelta(minutes=1)))
        start(registry)
        clock.advance(60)

        assert registry.snapshot().repositories == ()

    def test_restored_upload_expires_by_its_own_time(self, registry: MemoryRegistry, clock: ManualClock) -> None:
        upload = start(registry)
        snapshot = registry.snapshot()
        registry.cancel_upload(HELLO, upload)
        clock.advance(WEEK - MOMENT)
        registry.restore(snapshot)
        assert registry.upload_status(HELLO, upload).offset == 0

        clock.advance(MOMENT)
        assert registry.snapshot().repositories == ()


class TestRoom:
    LIMIT = 3 * BYTES_OF_UPLOAD + 2 * (BYTES_OF_PIECE + len(PIECE))

    @pytest.fixture
    def small(self, make_registry: MakeRegistry) -> MemoryRegistry:
        """Room for three uploads and two pieces."""
        return make_registry(TO_THE_LETTER.evolve(max_unfinished_bytes=self.LIMIT))

    def test_chunk_beyond_the_room_is_refused_and_nothing_is_lost(self, small: MemoryRegistry) -> None:
        first, second = start(small), start(small, OTHER)
        small.append_chunk(HELLO, first, [PIECE])
        before = content_of(small)

        message = f"expected at most {self.LIMIT} bytes of unfinished uploads, found more"
        with pytest.raises(OperationDisallowed, match=message):
            small.append_chunk(OTHER, second, [PIECE] * 100)

        assert (content_of(small), taken(small)) == (before, counted(small))
        small.append_chunk(OTHER, second, [PIECE])
        assert small.finish_upload(HELLO, first, digest_of(PIECE)).size == len(PIECE)
        assert small.finish_upload(OTHER, second, digest_of(PIECE)).size == len(PIECE)

    def test_body_beyond_the_room_is_not_read_to_its_end(self, small: MemoryRegistry) -> None:
        pieces_read = 0

        def endless() -> Iterator[bytes]:
            nonlocal pieces_read
            while True:
                pieces_read += 1
                yield PIECE

        with pytest.raises(OperationDisallowed):
            small.put_blob(HELLO, digest_of(b""), endless())
        assert pieces_read == self.LIMIT // (BYTES_OF_PIECE + len(PIECE)) + 1
        assert (content_of(small), taken(small)) == ({"": []}, 0)

    def test_number_of_empty_uploads_is_bounded(self, small: MemoryRegistry) -> None:
        uploads = [start(small) for _ in range(3)]
        with pytest.raises(OperationDisallowed):
            start(small)

        assert [small.upload_status(HELLO, upload).offset for upload in uploads] == [0, 0, 0]

    def test_expired_uploads_make_room(self, small: MemoryRegistry, clock: ManualClock) -> None:
        small.append_chunk(HELLO, start(small), [PIECE, PIECE])
        clock.advance(WEEK)

        small.append_chunk(HELLO, start(small), [PIECE, PIECE])
        assert taken(small) == counted(small)

    def test_body_that_breaks_off_takes_no_room(self, small: MemoryRegistry) -> None:
        def broken() -> Iterator[bytes]:
            yield PIECE
            raise ConnectionError("gone")

        upload = start(small)
        for _ in range(10):
            with pytest.raises(ConnectionError):
                small.append_chunk(HELLO, upload, broken())

        assert taken(small) == counted(small) == BYTES_OF_UPLOAD

    def test_finished_blobs_take_no_room(self, small: MemoryRegistry) -> None:
        for number in range(10):
            content = str(number).encode() * 1_000
            small.put_blob(HELLO, digest_of(content), [content])
            upload = start(small)
            small.append_chunk(HELLO, upload, [content])
            small.finish_upload(HELLO, upload, digest_of(content))

        assert taken(small) == 0


@repeated
def test_threads_leave_no_room_taken(make_registry: MakeRegistry) -> None:
    registry = make_registry(TO_THE_LETTER.evolve(max_unfinished_bytes=8 * 2 * BYTES_OF_UPLOAD))

    def upload_some() -> None:
        for number in range(20):
            with suppress(OperationDisallowed):  # there is no room for all of them
                upload = start(registry)
                try:
                    registry.append_chunk(HELLO, upload, [PIECE] * (number % 9))
                finally:
                    registry.cancel_upload(HELLO, upload)

    for _ in range(rounds(3)):
        run_together(upload_some, threads=8)
        assert (taken(registry), content_of(registry)) == (0, {"": []})


def _finish(registry: MemoryRegistry, upload: UploadId) -> None:
    registry.finish_upload(HELLO, upload, digest_of(PIECE))


def _finish_under_a_wrong_digest(registry: MemoryRegistry, upload: UploadId) -> None:
    with pytest.raises(Exception, match="DIGEST_INVALID"):
        registry.finish_upload(HELLO, upload, digest_of(b"other"), tail=[PIECE])


def _delete_repository(registry: MemoryRegistry, upload: UploadId) -> None:
    registry.delete_repository(HELLO)


def _restore(registry: MemoryRegistry, upload: UploadId) -> None:
    snapshot = registry.snapshot()
    registry.append_chunk(HELLO, upload, [PIECE])
    start(registry, OTHER)
    registry.restore(snapshot)


@pytest.mark.parametrize("survives", [True, False])
@pytest.mark.parametrize(
    "change",
    [
        _finish,
        _finish_under_a_wrong_digest,
        lambda registry, upload: registry.cancel_upload(HELLO, upload),
        lambda registry, upload: registry.uploads.move(HELLO, upload),
        _delete_repository,
        _restore,
    ],
)
def test_bytes_of_the_uploads_that_are_left_are_counted(
    make_registry: MakeRegistry,
    change: Callable[[MemoryRegistry, UploadId], None],
    *,
    survives: bool,
) -> None:
    registry = make_registry(TO_THE_LETTER.evolve(upload_survives_wrong_digest=survives))
    push(registry, HELLO, image(b"image"))
    registry.append_chunk(OTHER, start(registry, OTHER), [PIECE])
    upload = start(registry)
    registry.append_chunk(HELLO, upload, [PIECE])

    change(registry, upload)

    assert taken(registry) == counted(registry)
    assert taken(registry) >= BYTES_OF_UPLOAD + len(PIECE)
