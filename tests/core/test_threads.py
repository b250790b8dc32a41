"""`MemoryRegistry` with several threads: nothing is lost, no mutex is held while callers' code runs."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, Lock

import pytest

from fake_registry.core.memory import MemoryRegistry
from fake_registry.spec.errors import BlobUploadInvalid, DigestInvalid, ManifestBlobUnknown
from fake_registry.spec.names import Tag, digest_of
from tests.support.effort import repeated, rounds
from tests.support.images import AMD64, HELLO, OTHER, V1, blob_of, image, index, push

THREADS = 4
ROUNDS = rounds(25)


def in_threads(work: Callable[[int], None]) -> None:
    """Run `work` in THREADS threads that start together, each with its number; raise their errors."""
    ready = Barrier(THREADS)

    def begin(number: int) -> None:
        ready.wait(timeout=10)
        work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(begin, range(THREADS)))


@repeated
def test_content_pushed_by_several_threads_is_complete(registry: MemoryRegistry) -> None:
    def contents(thread: int) -> list[bytes]:
        return [f"{thread}-{number}".encode() for number in range(ROUNDS)]

    def work(thread: int) -> None:
        for content in contents(thread):
            upload = registry.start_upload(HELLO).upload
            registry.append_chunk(HELLO, upload, [content[:1]])
            registry.finish_upload(HELLO, upload, digest_of(content), tail=[content[1:]])
            push(registry, HELLO, image(content), tags=[Tag(content.decode())])

    in_threads(work)
    everything = [content for thread in range(THREADS) for content in contents(thread)]
    properties = registry.repository_properties(HELLO)
    assert (properties.manifest_count, properties.tag_count) == (len(everything), len(everything))
    assert list(registry.list_tags(HELLO).items) == sorted(content.decode() for content in everything)
    assert [registry.get_manifest(HELLO, Tag(content.decode())) for content in everything] == [
        image(content).manifest for content in everything
    ]
    assert [registry.stat_blob(HELLO, digest_of(content)) for content in everything] == list(map(blob_of, everything))


@repeated
def test_tag_moved_by_several_threads_points_at_one_manifest(registry: MemoryRegistry) -> None:
    built = [image(bytes([number])) for number in range(THREADS)]
    push(registry, HELLO, *built)

    def work(thread: int) -> None:
        for _ in range(ROUNDS):
            registry.put_manifest(HELLO, built[thread].manifest, tags=[V1])

    in_threads(work)
    pointed = registry.tag_properties(HELLO, V1).digest
    tags = {one.digest: registry.manifest_properties(HELLO, one.digest).tags for one in built}
    assert tags == {one.digest: (V1,) if one.digest == pointed else () for one in built}


@repeated
def test_chunks_of_several_threads_are_stored_whole_or_not_at_all(registry: MemoryRegistry) -> None:
    upload = registry.start_upload(HELLO).upload
    accepted: list[int] = []

    def work(thread: int) -> None:
        for _ in range(ROUNDS):
            offset = registry.upload_status(HELLO, upload).offset
            try:
                registry.append_chunk(HELLO, upload, [bytes([thread])] * 3, offset=offset)
            except BlobUploadInvalid:
                continue
            accepted.append(thread)

    in_threads(work)
    # the order depends on the scheduler; but each accepted chunk is there, whole
    assert registry.upload_status(HELLO, upload).offset == 3 * len(accepted)
    pieces = registry.snapshot().repositories[0].uploads[upload].pieces
    assert sorted(pieces) == sorted(bytes([thread]) for thread in accepted for _ in range(3))
    assert all(len(set(pieces[place : place + 3])) == 1 for place in range(0, len(pieces), 3))


@repeated
def test_repository_created_and_emptied_by_threads_is_listed_while_it_exists(registry: MemoryRegistry) -> None:
    def work(thread: int) -> None:
        mine = index(annotations={"thread": str(thread)}).manifest
        for _ in range(ROUNDS):
            registry.put_manifest(HELLO, mine)
            registry.delete_manifest(HELLO, mine.digest)
        if thread == 0:
            registry.put_manifest(OTHER, mine)

    in_threads(work)
    assert list(registry.list_repositories().items) == [OTHER]
    assert [state.name for state in registry.snapshot().repositories] == [OTHER]


Consumer = Callable[[MemoryRegistry, Iterator[bytes]], object]


@pytest.mark.parametrize(
    "consume",
    [
        lambda registry, body: registry.append_chunk(HELLO, registry.start_upload(HELLO).upload, body),
        lambda registry, body: registry.finish_upload(
            HELLO, registry.start_upload(HELLO).upload, digest_of(b"body"), tail=body
        ),
        lambda registry, body: registry.put_blob(HELLO, digest_of(b"body"), body),
    ],
    ids=["append", "finish", "put"],
)
def test_mutex_is_free_while_a_body_is_read(registry: MemoryRegistry, consume: Consumer) -> None:
    """Architecture, Mutexes: never held while reading a body, so a slow client blocks no other."""
    held: list[bool] = []

    def body() -> Iterator[bytes]:
        held.append(registry._repositories._mutex.locked())
        yield b"body"

    consume(registry, body())
    assert held == [False]


def test_mutex_is_free_while_tags_are_read_from_the_caller(registry: MemoryRegistry) -> None:
    """Architecture, Mutexes: never held while calling out, so tags may come from a list of tags."""
    held: list[bool] = []

    def tags() -> Iterator[Tag]:
        held.append(registry._repositories._mutex.locked())
        yield V1

    registry.put_manifest(HELLO, index().manifest, tags=tags())
    assert held == [False]


class BusyMutex:
    """A mutex that runs `turn`, as another thread would, when it is first released."""

    def __init__(self, turn: Callable[[], object]) -> None:
        self._mutex = Lock()
        self._turns = [turn]

    def __enter__(self) -> None:
        self._mutex.acquire()

    def __exit__(self, *exc_info: object) -> None:
        self._mutex.release()
        if self._turns:
            self._turns.pop()()


def test_platform_is_in_the_config_that_the_push_was_accepted_with(
    registry: MemoryRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A config that another thread pushes meanwhile is either missing or counts."""
    built = image()
    config = built.blobs[0]

    def push_config() -> None:
        registry.put_blob(HELLO, digest_of(config), [config])

    monkeypatch.setattr(registry._repositories, "_mutex", BusyMutex(push_config))
    with suppress(ManifestBlobUnknown):
        registry.put_manifest(HELLO, built.manifest)
    (state,) = registry.snapshot().repositories
    assert [record.platform for record in state.manifests.values()] in ([], [AMD64])


def test_mutex_is_free_after_an_error(registry: MemoryRegistry) -> None:
    with pytest.raises(ManifestBlobUnknown):
        registry.put_manifest(HELLO, image(b"never pushed").manifest)
    with pytest.raises(DigestInvalid):
        registry.put_blob(HELLO, digest_of(b"one"), [b"another"])
    assert not registry._repositories._mutex.locked()
