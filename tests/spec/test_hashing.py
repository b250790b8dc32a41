"""`spec.hashing`: pieces of any size are hashed in their order, and the thread ends."""

import hashlib
import threading
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec.hashing import AsideHasher

LARGE = 256 * 1024
SIZES = st.sampled_from([0, 1, 1000, LARGE - 1, LARGE, LARGE + 1])


def hash_of(pieces: Iterable[bytes]) -> str:
    with AsideHasher(hashlib.sha256()) as hasher:
        for piece in pieces:
            hasher.update(piece)
    return hasher.finished.hexdigest()


@given(sizes=st.lists(SIZES, max_size=6))
def test_pieces_of_any_size_are_hashed_in_their_order(sizes: list[int]) -> None:
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    assert hash_of(pieces) == hashlib.sha256(b"".join(pieces)).hexdigest()


def test_hash_that_has_begun_is_continued() -> None:
    with AsideHasher(hashlib.sha512(b"before ")) as hasher:
        hasher.update(b"after")
    assert hasher.finished.hexdigest() == hashlib.sha512(b"before after").hexdigest()


def test_thread_is_started_by_a_large_piece_and_ends_with_the_block() -> None:
    threads = [threading.active_count()]
    with AsideHasher(hashlib.sha256()) as hasher:
        for size in (LARGE - 1, LARGE, LARGE):
            hasher.update(bytes(size))
            threads.append(threading.active_count() - threads[0])
    threads.append(threading.active_count() - threads[0])
    assert threads[1:] == [0, 1, 1, 0]


def test_thread_ends_when_the_block_fails() -> None:
    def break_off() -> Iterator[bytes]:
        yield bytes(LARGE)
        raise ConnectionError

    threads = threading.active_count()
    with pytest.raises(ConnectionError):
        hash_of(break_off())
    assert threading.active_count() == threads


def test_error_of_the_last_piece_is_raised() -> None:
    not_bytes = "x" * LARGE
    with pytest.raises(TypeError), AsideHasher(hashlib.sha256()) as hasher:
        hasher.update(not_bytes)  # type: ignore[arg-type]
