"""`core.running_hash`: pieces of any size are hashed in their order, while others arrive."""

import gc
import hashlib
import threading
from collections.abc import Callable, Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry import FakeRegistry, Settings
from fake_registry.core.running_hash import HashThread, RunningHash
from fake_registry.spec.names import digest_of
from tests.support.images import HELLO

LARGE = 256 * 1024
SIZES = st.sampled_from([0, 1, 1000, LARGE - 1, LARGE, LARGE + 1])
SECONDS = 10


@pytest.fixture
def thread() -> Iterator[HashThread]:
    """A thread that ends before the next test."""
    thread = HashThread()
    yield thread
    thread.submit(hashlib.sha256).result()
    thread.end()
    wait_for_end()


def hash_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("fake-registry hashing")]


def wait_for_end() -> None:
    """Wait until no thread hashes, for at most SECONDS each."""
    for each in hash_threads():
        each.join(SECONDS)


def hash_of(pieces: Iterable[bytes], thread: HashThread) -> RunningHash:
    hasher = RunningHash(thread)
    for piece in pieces:
        hasher = hasher.extend(piece)
    return hasher


def push_large_blob(registry: FakeRegistry) -> None:
    content = bytes(LARGE)
    registry.content.put_blob(HELLO, digest_of([content]), [content])


@given(sizes=st.lists(SIZES, max_size=6))
def test_pieces_of_any_size_are_hashed_in_their_order(sizes: list[int]) -> None:
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    thread = HashThread()
    found = hash_of(pieces, thread).hexdigest()
    thread.end()
    assert found == hashlib.sha256(b"".join(pieces)).hexdigest()


@pytest.mark.parametrize("size", [1, LARGE])
def test_hash_that_is_extended_twice_stays_as_it_is(thread: HashThread, size: int) -> None:
    begun = hash_of([bytes(LARGE)], thread)
    hashes = [begun.extend(bytes([1]) * size), begun.extend(bytes([2]) * size), begun]
    ends = [bytes([1]) * size, bytes([2]) * size, b""]
    expected = [hashlib.sha256(bytes(LARGE) + end).hexdigest() for end in ends]
    assert [each.hexdigest() for each in hashes] == expected


def test_large_piece_is_accepted_while_the_one_before_is_hashed(thread: HashThread) -> None:
    """A client may send its next chunk while the last one is hashed."""
    hashing = threading.Event()
    thread.submit(lambda: hashlib.sha256() if hashing.wait(SECONDS) else hashlib.sha512())
    hasher = hash_of([bytes(LARGE), bytes(LARGE)], thread)  # waits for nothing
    hashing.set()
    assert hasher.hexdigest() == hashlib.sha256(bytes(2 * LARGE)).hexdigest()


def test_error_of_a_piece_is_raised_when_the_hash_is_read(thread: HashThread) -> None:
    not_bytes = "x" * LARGE
    hasher = RunningHash(thread).extend(not_bytes)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        hasher.extend(b"more").hexdigest()


def test_only_a_large_piece_starts_a_thread(thread: HashThread) -> None:
    threads = [len(hash_threads())]
    for size in (LARGE - 1, LARGE, LARGE):
        hash_of([bytes(size)], thread)
        threads.append(len(hash_threads()))
    assert threads == [0, 0, 1, 1]


def test_thread_that_has_ended_is_replaced_and_its_work_is_done(thread: HashThread) -> None:
    begun = hash_of([bytes(LARGE)], thread)
    thread.end()
    hasher = begun.extend(bytes(LARGE))
    assert hasher.hexdigest() == hashlib.sha256(bytes(2 * LARGE)).hexdigest()


@pytest.mark.parametrize("end", [FakeRegistry.close, FakeRegistry.reset])
def test_thread_ends_with_the_uploads(end: Callable[[FakeRegistry], None]) -> None:
    registry = FakeRegistry(Settings(auth="off"))
    push_large_blob(registry)
    before = len(hash_threads())
    end(registry)
    wait_for_end()
    assert (before, hash_threads()) == (1, [])
    push_large_blob(registry)
    registry.close()
    wait_for_end()


def test_thread_ends_with_a_registry_that_is_not_closed() -> None:
    registry = FakeRegistry(Settings(auth="off"))
    push_large_blob(registry)
    del registry
    gc.collect()
    wait_for_end()
    assert hash_threads() == []
