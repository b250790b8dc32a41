"""The root and the lists below /v2: distribution-spec v1.1.1, end-1, end-8, end-12; CNCF distribution's catalogue;
acr-behaviour 4.2, 10 and 11."""

from urllib.parse import unquote

import pytest

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from fake_registry.spec.manifest import read_manifest
from fake_registry.spec.names import RepositoryName, Tag, digest_of
from tests.support.http import (
    ABSENT,
    IMAGE_DIGEST,
    JSON_TYPE,
    OCI_INDEX,
    OCI_MANIFEST,
    answer,
    error_answer,
    index_bytes,
    json_answer,
    json_text,
    manifest_bytes,
    put_image,
    put_manifest,
    registry_of,
    send,
    without_body,
)

TAGS = "/v2/samples/hello/tags/list"


def test_root_is_an_empty_json_object(either: FakeRegistry) -> None:
    """acr-behaviour 11 and 17: `{}` without a newline."""
    expected = answer(200, {"Content-Type": JSON_TYPE}, b"{}")

    assert send(either, "GET", "/v2/") == expected
    assert send(either, "HEAD", "/v2/") == without_body(expected)


@pytest.mark.parametrize("auth", ["off", "token"])
def test_root_without_a_slash_redirects_without_a_login(auth: str) -> None:
    """acr-behaviour 11, [I] from CNCF distribution: its router redirects, before any handler has seen the request."""
    headers = {"Content-Type": "text/html; charset=utf-8", "Location": "/v2/"}
    expected = answer(301, headers, b'<a href="/v2/">Moved Permanently</a>.\n\n')

    assert send(registry_of(auth=auth), "GET", "/v2") == expected


def test_oci_profile_serves_the_root_without_a_slash(oci: FakeRegistry) -> None:
    assert send(oci, "GET", "/v2") == send(oci, "GET", "/v2/")


def test_tags_come_in_ascii_order(either: FakeRegistry) -> None:
    put_image(either, "samples/hello", "b", "A", "a", "1", "_")

    assert send(either, "GET", TAGS) == json_answer({"name": "samples/hello", "tags": ["1", "A", "_", "a", "b"]})


def test_empty_list_of_tags_is_null_in_acr(profile: Profile) -> None:
    """acr-behaviour 1.11."""
    registry = registry_of(profile)
    put_image(registry, "samples/hello")

    none: list[str] | None = None if profile == "acr" else []
    assert send(registry, "GET", TAGS) == json_answer({"name": "samples/hello", "tags": none})


def test_empty_catalog_is_null_in_acr(profile: Profile) -> None:
    none: list[str] | None = None if profile == "acr" else []
    for path in ("/v2/_catalog", "/acr/v1/_catalog"):
        assert send(registry_of(profile), "GET", path) == json_answer({"repositories": none})


def test_empty_list_of_referrers_is_an_empty_list(either: FakeRegistry) -> None:
    """distribution-spec, Listing Referrers: an empty list MUST be answered, never 404."""
    document = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}

    found = send(either, "GET", f"/v2/samples/hello/referrers/{ABSENT}")

    assert found == answer(200, {"Content-Type": OCI_INDEX}, json_text(document))


@pytest.mark.parametrize(
    ("query", "tags", "link"),
    [
        ("n=2", ["a", "b"], "last=b&n=2"),
        ("n=2&last=a", ["b", "c"], None),
        ("n=1&last=a", ["b"], "last=b&n=1"),
        ("last=aa", ["b", "c"], None),
        ("last=z", [], None),
        ("n=3", ["a", "b", "c"], None),
        ("n=0", [], None),
        ("n=", ["a", "b", "c"], None),
        ("n=99999999999999999999", ["a", "b", "c"], None),
        ("last=%F0%9F%90%B3", [], None),
    ],
)
def test_pages_of_tags(profile: Profile, query: str, tags: list[str], link: str | None) -> None:
    """acr-behaviour 4.2: keys in the order last, n, orderby; none on a page that ends with the last item."""
    registry = registry_of(profile)
    put_image(registry, "samples/hello", "a", "b", "c")
    order = "&orderby=" if profile == "acr" else ""
    headers = {} if link is None else {"Link": f'<{TAGS}?{link}{order}>; rel="next"'}
    shown = None if profile == "acr" and not tags else tags

    assert send(registry, "GET", f"{TAGS}?{query}") == json_answer({"name": "samples/hello", "tags": shown}, headers)


@pytest.mark.parametrize(("root", "quoted"), [("/v2", "samples%2Fb"), ("/acr/v1", "samples%2Fb")])
def test_pages_of_the_catalog(profile: Profile, root: str, quoted: str) -> None:
    registry = registry_of(profile)
    for name in ("samples/c", "samples/b", "a"):
        put_image(registry, name, "v1")
    order = "&orderby=" if profile == "acr" else ""

    first = send(registry, "GET", f"{root}/_catalog?n=2")

    link = f'<{root}/_catalog?last={quoted}&n=2{order}>; rel="next"'
    assert first == json_answer({"repositories": ["a", "samples/b"]}, {"Link": link})
    rest = send(registry, "GET", link[1:].partition(">")[0])
    assert rest == json_answer({"repositories": ["samples/c"]})


def test_page_size_is_100_by_default_and_1000_at_most(azure: FakeRegistry) -> None:
    """acr-behaviour 4.2: 100 where nothing is said, never more than 1,000."""
    tags = [f"t{number:04}" for number in range(1_002)]
    _put_small(azure, tags)

    unsaid, greedy = send(azure, "GET", TAGS), send(azure, "GET", f"{TAGS}?n=5000")

    assert unsaid.json["tags"] == tags[:100]
    assert unsaid.header("Link") == f'<{TAGS}?last=t0099&n=100&orderby=>; rel="next"'
    assert greedy.json["tags"] == tags[:1_000]
    assert greedy.header("Link") == f'<{TAGS}?last=t0999&n=1000&orderby=>; rel="next"'


def test_oci_profile_has_no_default_page_size(oci: FakeRegistry) -> None:
    tags = [f"t{number:04}" for number in range(1_002)]
    _put_small(oci, tags)

    assert send(oci, "GET", TAGS) == json_answer({"name": "samples/hello", "tags": tags})


def _put_small(registry: FakeRegistry, tags: list[str]) -> None:
    manifest = read_manifest(index_bytes(), OCI_INDEX)
    registry.content.put_manifest(RepositoryName("samples/hello"), manifest, tags=[Tag(tag) for tag in tags])


@pytest.mark.parametrize("path", [TAGS, "/v2/_catalog", "/acr/v1/samples/hello/_tags", "/acr/v1/_catalog"])
@pytest.mark.parametrize("n", ["-1", "x", "1.5", "%2B1", "%C2%B2", "%20", "9" * 1_001, "1%00"])
def test_invalid_page_size_is_answered_as_by_acr(azure: FakeRegistry, path: str, n: str) -> None:
    put_image(azure, "samples/hello", "v1")

    found = send(azure, "GET", f"{path}?n={n}")

    message = "invalid number of results requested"
    assert found == error_answer(400, "PAGINATION_NUMBER_INVALID", message, detail={"n": unquote(n)})


def test_unknown_order_is_refused_by_lists_with_an_order(azure: FakeRegistry) -> None:
    put_image(azure, "samples/hello", "v1")

    found = send(azure, "GET", "/acr/v1/samples/hello/_tags?orderby=size")

    message = "invalid number of results requested"
    assert found == error_answer(400, "PAGINATION_NUMBER_INVALID", message, detail={"orderby": "size"})
    assert send(azure, "GET", f"{TAGS}?orderby=size").status == 200


def test_tags_of_an_unknown_repository_are_404(either: FakeRegistry) -> None:
    message = "repository name not known to registry"
    detail = {"acr": {"name": "samples/hello"}, "oci": {"repository": "samples/hello"}}[either.settings.profile]

    assert send(either, "GET", TAGS) == error_answer(404, "NAME_UNKNOWN", message, detail=detail)


class TestReferrers:
    """distribution-spec v1.1.1, Listing Referrers (end-12a, end-12b)."""

    PATH = f"/v2/samples/hello/referrers/{IMAGE_DIGEST}"

    def _push(self, registry: FakeRegistry) -> list[dict[str, object]]:
        put_image(registry, "samples/hello", "v1")
        subject = {"mediaType": OCI_MANIFEST, "digest": IMAGE_DIGEST, "size": 1}
        descriptors: list[dict[str, object]] = []
        for kind, annotations in (("text/a+b", {"k": "<&>"}), ("text/c", {})):
            content = manifest_bytes(artifactType=kind, subject=subject, annotations=annotations)
            assert put_manifest(registry, "samples/hello", digest_of(content), content).status == 201
            shown = {"annotations": annotations} if annotations else {}
            descriptors.append(
                {
                    "mediaType": OCI_MANIFEST,
                    "digest": digest_of(content),
                    "size": len(content),
                    "artifactType": kind,
                    **shown,
                }
            )
        return sorted(descriptors, key=lambda descriptor: str(descriptor["digest"]))

    def _document(self, descriptors: list[dict[str, object]]) -> bytes:
        text = json_text({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": descriptors})
        return text.replace(b"<&>", b"\\u003c\\u0026\\u003e")  # acr-behaviour 16: as Go escapes them

    def test_descriptors_of_all_referrers(self, either: FakeRegistry) -> None:
        descriptors = self._push(either)

        assert send(either, "GET", self.PATH) == answer(200, {"Content-Type": OCI_INDEX}, self._document(descriptors))

    def test_filter_is_applied_and_named_in_a_header(self, either: FakeRegistry) -> None:
        descriptors = [one for one in self._push(either) if one["artifactType"] == "text/a+b"]

        found = send(either, "GET", f"{self.PATH}?artifactType=text%2Fa%2Bb")

        headers = {"Content-Type": OCI_INDEX, "OCI-Filters-Applied": "artifactType"}
        assert found == answer(200, headers, self._document(descriptors))

    def test_pages_of_referrers(self, either: FakeRegistry) -> None:
        descriptors = self._push(either)
        last = str(descriptors[0]["digest"]).replace(":", "%3A")
        order = "&orderby=" if either.settings.profile == "acr" else ""

        found = send(either, "GET", f"{self.PATH}?n=1")

        link = f'<{self.PATH}?last={last}&n=1{order}>; rel="next"'
        assert found == answer(200, {"Content-Type": OCI_INDEX, "Link": link}, self._document(descriptors[:1]))
        rest = send(either, "GET", link[1:].partition(">")[0])
        assert rest == answer(200, {"Content-Type": OCI_INDEX}, self._document(descriptors[1:]))

    def test_next_page_keeps_the_filter(self, oci: FakeRegistry) -> None:
        self._push(oci)
        subject = {"mediaType": OCI_MANIFEST, "digest": IMAGE_DIGEST, "size": 1}
        another = manifest_bytes(artifactType="text/c", subject=subject, annotations={"another": "one"})
        put_manifest(oci, "samples/hello", digest_of(another), another)

        found = send(oci, "GET", f"{self.PATH}?artifactType=text/c&n=1")

        last = found.json["manifests"][0]["digest"].replace(":", "%3A")
        assert found.header("Link") == f'<{self.PATH}?last={last}&n=1&artifactType=text%2Fc>; rel="next"'
        rest = send(oci, "GET", found.header("Link")[1:].partition(">")[0])
        assert [len(page.json["manifests"]) for page in (found, rest)] == [1, 1]
        assert rest.header("OCI-Filters-Applied") == "artifactType"
