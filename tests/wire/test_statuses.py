"""Statuses in words."""

import pytest

from fake_registry.wire.statuses import error_words, reason_phrase


@pytest.mark.parametrize(
    ("status", "phrase"), [(200, "OK"), (416, "Requested Range Not Satisfiable"), (799, "Unknown")]
)
def test_reason_phrase(status: int, phrase: str) -> None:
    assert reason_phrase(status) == phrase


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, ("UNAUTHORIZED", "authentication required")),
        (404, ("NAME_UNKNOWN", "repository name not known to registry")),
        (429, ("TOOMANYREQUESTS", "too many requests")),
        (500, ("UNAVAILABLE", "internal server error")),
        (599, ("UNAVAILABLE", "unknown")),
    ],
)
def test_status_alone_has_a_code_and_a_message(status: int, words: tuple[str, str]) -> None:
    assert error_words(status) == words
