"""Paths of URLs in responses."""

import pytest

from pytest_acr.harness.locations import page_path_of, path_of, upload_path_of


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


@pytest.mark.parametrize(
    "location",
    [
        "/v2/mine/a/blobs/uploads/1",
        "http://localhost:5000/v2/mine/a/blobs/uploads/1?_state=x",
        "/uploads/1",
        "/v2/uploads/1",
    ],
)
def test_upload_may_have_any_location_apart_from_the_content_of_others(location: str) -> None:
    assert upload_path_of(location, "mine/a") == path_of(location)


@pytest.mark.parametrize(
    "location",
    [
        "/v2/prod/manifests/latest",
        "http://other/v2/prod/blobs/uploads/1",
        "/v2/mine/ab/blobs/uploads/1",
        "/v2/mine/a/../../prod/manifests/latest",
        "/v2/mine/a/%2e%2e/%2e%2e/prod/manifests/latest",
        "//host//v2/prod/manifests/latest",
        "/v2//prod/manifests/latest",
        "/v2/pr%6fd/manifests/latest",
        "/acr/v1/prod",
        "/acr/v1/prod/_tags/latest",
        None,
        "/a b",
    ],
)
def test_upload_location_at_the_content_of_others_counts_as_absent(location: str | None) -> None:
    assert upload_path_of(location, "mine/a") is None


@pytest.mark.parametrize(
    ("location", "path"),
    [
        ("?n=1&last=b", "/v2/a/tags/list?n=1&last=b"),
        ("http://host/v2/a/tags/list?n=1", "/v2/a/tags/list?n=1"),
        ("/pages/2", "/pages/2"),
        ("/v2/prod/tags/list?n=1", None),
        ("/v2/a/manifests/latest", None),
    ],
)
def test_page_is_of_the_same_list(location: str, path: str | None) -> None:
    assert page_path_of(location, "/v2/a/tags/list?n=1") == path
