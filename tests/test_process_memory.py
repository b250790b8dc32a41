"""Memory that returns to the operating system: caches of what clients have sent are emptied."""

from functools import cache, lru_cache

from fake_registry.process_memory import release_memory
from fake_registry.spec.text_cache import TextCache


def test_release_empties_caches_of_texts() -> None:
    texts = TextCache(str.upper, entries=2)
    assert texts["text"] == "TEXT"

    release_memory()

    assert texts == {}
    assert texts["text"] == "TEXT"


def test_release_empties_bounded_caches_of_ours_alone() -> None:
    bounded, unbounded, foreign = lru_cache(maxsize=4)(abs), cache(abs), lru_cache(maxsize=4)(abs)
    bounded.__module__ = unbounded.__module__ = "fake_registry.planted"
    for function in (bounded, unbounded, foreign):
        function(-1)

    release_memory()

    kept = [function.cache_info().currsize for function in (bounded, unbounded, foreign)]
    assert kept == [0, 1, 1]
