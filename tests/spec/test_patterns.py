"""Patterns of names: those of `fnmatch`."""

from fnmatch import fnmatchcase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.spec.patterns import matches


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("upload.chunk", "upload.chunk", True),
        ("upload.*", "upload.chunk", True),
        ("upload.*", "blob.get", False),
        ("*", "", True),
        ("base", "BASE", False),
        ("a.c", "abc", False),
        ("[ab]?", "bx", True),
        ("*a", "a\n", False),
    ],
)
def test_pattern_matches_the_whole_text(pattern: str, text: str, *, expected: bool) -> None:
    assert matches(pattern, text) is expected


@given(st.text("ab*?[]!-", max_size=8), st.text("ab-", max_size=5))
def test_patterns_are_those_of_fnmatch(pattern: str, text: str) -> None:
    assert matches(pattern, text) is fnmatchcase(text, pattern)
