"""Paths of URLs in responses."""

import pytest

from pytest_acr.harness.locations import path_of


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("/v2/a/blobs/uploads/1", "/v2/a/blobs/uploads/1"),
        ("http://localhost:5000/v2/a?_state=x&y=%2F", "/v2/a?_state=x&y=%2F"),
        ("//host/v2/a", "/v2/a"),
        ("b", "/v2/b"),
        ("?n=1", "/v2/a?n=1"),
        (None, None),
        ("", None),
        ("http://[::1/a", None),
        ("http://host", None),
        ("/a b", None),
        ("/é", None),
        ("/a\x01", None),
        ("/" + "a" * 8_000, None),
    ],
)
def test_path_of_a_location(location: str | None, path: str | None) -> None:
    assert path_of(location, "/v2/a") == path
