"""Paths with names in braces: which of them a path has the form of."""

import pytest

from fake_registry.http.path_matcher import PathMatcher
from fake_registry.spec.endpoints import ENDPOINTS

MATCHER = PathMatcher({endpoint.path for endpoint in ENDPOINTS})


@pytest.mark.parametrize(
    ("path", "found", "names"),
    [
        ("/v2/", "/v2/", {}),
        ("/v2", "/v2/", {}),
        ("/v2/_catalog", "/v2/_catalog", {}),
        ("/v2/_catalog/", "/v2/_catalog", {}),
        ("/v2/a/b/tags/list", "/v2/{repository}/tags/list", {"repository": "a/b"}),
        ("/v2/tags/list/tags/list", "/v2/{repository}/tags/list", {"repository": "tags/list"}),
        ("/v2/a/blobs/uploads", "/v2/{repository}/blobs/uploads/", {"repository": "a"}),
        ("/v2/a/blobs/uploads/", "/v2/{repository}/blobs/uploads/", {"repository": "a"}),
        ("/v2/a/blobs/uploads/x", "/v2/{repository}/blobs/uploads/{upload}", {"repository": "a", "upload": "x"}),
        ("/v2/a/blobs/x", "/v2/{repository}/blobs/{digest}", {"repository": "a", "digest": "x"}),
        ("/v2/a/blobs/b/blobs/x", "/v2/{repository}/blobs/{digest}", {"repository": "a/blobs/b", "digest": "x"}),
        ("/acr/v1/a/b", "/acr/v1/{repository}", {"repository": "a/b"}),
        ("/acr/v1/_catalog", "/acr/v1/_catalog", {}),
        ("/acr/v1/a/_tags", "/acr/v1/{repository}/_tags", {"repository": "a"}),
        ("/acr/v1/a/_tags/_manifests", "/acr/v1/{repository}/_tags/{tag}", {"repository": "a", "tag": "_manifests"}),
        ("/acr/v1/a/_tags/v1/", "/acr/v1/{repository}", {"repository": "a/_tags/v1/"}),
    ],
)  # fmt: skip
def test_path_is_found_with_its_names(path: str, found: str, names: dict[str, str]) -> None:
    assert MATCHER.match(path) == (found, names)


@pytest.mark.parametrize(
    "path",
    [
        *("", "/", "//v2/", "/v2//", "/V2/", "x/v2/", "/v2/a", "/acr/v1/"),
        *("/v2/a/tags/list/", "/v2//tags/list", "/v2//a/tags/list", "/v2/a\nb/tags/list"),
        *("/v2/a/blobs/", "/v2/a/manifests/b/c", "/v2/a/manifests/b/"),
    ],
)
def test_other_path_is_not_found(path: str) -> None:
    assert MATCHER.match(path) is None


def test_text_of_a_path_is_not_a_regular_expression() -> None:
    matcher = PathMatcher(["/a.b+/{name}"])

    assert matcher.match("/a.b+/c") == ("/a.b+/{name}", {"name": "c"})
    assert matcher.match("/aXbb/c") is None


def test_order_of_the_paths_makes_no_difference() -> None:
    paths = [endpoint.path for endpoint in ENDPOINTS]
    other = PathMatcher(reversed(paths))

    assert all(other.match(path) == MATCHER.match(path) for path in paths)
