"""`TextCache`: bounded in the number and the length of its keys."""

import pytest

from fake_registry.spec.text_cache import TextCache


def test_result_is_computed_once() -> None:
    computed: list[str] = []

    def upper(text: str) -> str:
        computed.append(text)
        return text.upper()

    cache = TextCache(upper, entries=3)

    assert [cache[text] for text in ("a", "b", "a")] == ["A", "B", "A"]
    assert computed == ["a", "b"]


def test_result_that_finds_no_room_takes_the_place_of_all() -> None:
    cache = TextCache(str.upper, entries=2)
    sizes = [(cache[text], len(cache))[1] for text in "abcde"]

    assert sizes == [1, 2, 1, 2, 1]
    assert dict(cache) == {"e": "E"}


def test_long_text_is_computed_and_not_kept() -> None:
    cache = TextCache(len, entries=2, longest=3)

    assert [cache["a" * size] for size in (3, 4, 60_000)] == [3, 4, 60_000]
    assert dict(cache) == {"aaa": 3}


def test_error_is_raised_and_not_kept() -> None:
    cache = TextCache(int, entries=2)

    with pytest.raises(ValueError, match="invalid literal"):
        cache["x"]
    assert dict(cache) == {}
