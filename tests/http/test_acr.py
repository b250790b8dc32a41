"""ACR's metadata, whole documents: ACR data plane API 2021-07-01; acr-behaviour 2.4, 4 and 5."""

import pytest

from fake_registry import FakeRegistry
from fake_registry.settings import Profile
from fake_registry.spec.names import Digest, Tag, digest_of
from tests.http.documents import (
    HELLO,
    ROOT,
    image_document,
    in_registry,
    index_document,
    repository_document,
    tag_document,
)
from tests.support.http import (
    CONFIG,
    IMAGE,
    IMAGE_DIGEST,
    JSON_TYPE,
    OCI_INDEX,
    answer,
    index_bytes,
    json_answer,
    json_text,
    manifest_bytes,
    put_blob,
    put_image,
    put_manifest,
    registry_of,
    send,
)
from tests.support.lists import position_of


@pytest.mark.parametrize("root", [ROOT, "/acr/v1/samples%2Fhello"])
def test_properties_of_a_repository(seeded: FakeRegistry, root: str) -> None:
    assert send(seeded, "GET", f"{root}?api-version=2021-07-01") == json_answer(repository_document(seeded))


def test_properties_of_a_tag(seeded: FakeRegistry) -> None:
    assert send(seeded, "GET", f"{ROOT}/_tags/v2") == json_answer(in_registry(tag=tag_document(seeded, "v2")))


def test_properties_of_a_manifest(seeded: FakeRegistry) -> None:
    expected = json_answer(in_registry(manifest=image_document(seeded, tags=["v1", "v2"])))

    assert send(seeded, "GET", f"{ROOT}/_manifests/{IMAGE_DIGEST}") == expected
    assert send(seeded, "GET", f"{ROOT}/_manifests/{IMAGE_DIGEST.replace(':', '%3A')}") == expected


def test_manifest_without_tags_has_no_tags_key(either: FakeRegistry) -> None:
    """acr-behaviour 1.11."""
    put_image(either, "samples/hello")

    assert send(either, "GET", f"{ROOT}/_manifests/{IMAGE_DIGEST}") == json_answer(
        in_registry(manifest=image_document(either))
    )


def test_only_a_single_index_has_references(seeded: FakeRegistry) -> None:
    """acr-behaviour 4.3: after the attributes, and on the single GET; imageSize sums the children's."""
    content = index_bytes(IMAGE)
    put_manifest(seeded, "samples/hello", digest_of(content), content, OCI_INDEX)

    alone = send(seeded, "GET", f"{ROOT}/_manifests/{digest_of(content)}")
    listed = send(seeded, "GET", f"{ROOT}/_manifests")

    items = [image_document(seeded, tags=["v1", "v2"]), index_document(seeded, content, references=False)]
    assert alone == json_answer(in_registry(manifest=index_document(seeded, content, references=True)))
    assert listed == json_answer(in_registry(manifests=sorted(items, key=lambda item: str(item["digest"]))))


def test_list_of_tags(seeded: FakeRegistry) -> None:
    expected = in_registry(tags=[tag_document(seeded, "v1"), tag_document(seeded, "v2")])

    assert send(seeded, "GET", f"{ROOT}/_tags") == json_answer(expected)


@pytest.mark.parametrize(
    ("query", "tags", "link"),
    [
        ("n=1", ["v1"], "last=v1&n=1&orderby="),
        ("last=v1&n=1", ["v2"], None),
        ("n=1&orderby=timedesc", ["v2"], "last={v2}&n=1&orderby=timedesc"),
        ("n=1&orderby=timedesc&last={v2}", ["v1"], None),
        ("n=1&orderby=timedesc&last=v2", ["v1"], None),
        ("n=1&orderby=timeasc", ["v1"], "last={v1}&n=1&orderby=timeasc"),
        ("n=1&orderby=timeasc&last={v1}", ["v2"], None),
        ("n=1&orderby=none", ["v1"], "last=v1&n=1&orderby=none"),
        ("n=1&api-version=2021-07-01", ["v1"], "last=v1&n=1&orderby="),
        (f"n=1&digest={IMAGE_DIGEST}", ["v1"], "last=v1&n=1&orderby="),
    ],
)
@pytest.mark.parametrize("root", [ROOT, "/acr/v1/samples%2Fhello"])
def test_pages_of_tags(root: str, query: str, tags: list[str], link: str | None) -> None:
    """acr-behaviour 4.2: the Link has %2F whichever way it was asked, no api-version, and no digest."""
    registry = registry_of("acr")
    put_image(registry, "samples/hello", "v1", "v2")
    updated = {tag: registry.content.tag_properties(HELLO, Tag(tag)).updated for tag in ("v1", "v2")}
    positions = {tag: position_of(time, tag) for tag, time in updated.items()}
    link = None if link is None else link.format_map(positions)
    headers = {} if link is None else {"Link": f'</acr/v1/samples%2Fhello/_tags?{link}>; rel="next"'}

    found = send(registry, "GET", f"{root}/_tags?{query.format_map(positions)}")

    assert found == json_answer(in_registry(tags=[tag_document(registry, tag) for tag in tags]), headers)


def test_link_of_manifests_encodes_the_digest(azure: FakeRegistry) -> None:
    put_image(azure, "samples/hello", "v1")
    content = index_bytes(IMAGE)
    put_manifest(azure, "samples/hello", digest_of(content), content, OCI_INDEX)
    first = min(IMAGE_DIGEST, digest_of(content))

    found = send(azure, "GET", f"{ROOT}/_manifests?n=1")

    last = first.replace(":", "%3A")
    assert found.header("Link") == f'</acr/v1/samples%2Fhello/_manifests?last={last}&n=1&orderby=>; rel="next"'
    assert [item["digest"] for item in found.json["manifests"]] == [first]


def test_manifests_are_ordered_by_time(either: FakeRegistry) -> None:
    contents = [manifest_bytes(number=number) for number in range(3)]
    put_blob(either, "samples/hello", CONFIG)
    digests = [digest_of(content) for content in contents]
    for content in contents:
        put_manifest(either, "samples/hello", digest_of(content), content)

    def digests_by(order: str) -> list[Digest]:
        page = send(either, "GET", f"{ROOT}/_manifests?orderby={order}").json["manifests"]
        return [item["digest"] for item in page]

    assert (digests_by("timeasc"), digests_by("timedesc"), digests_by("")) == (digests, digests[::-1], sorted(digests))


def test_tags_of_one_manifest(seeded: FakeRegistry) -> None:
    put_manifest(seeded, "samples/hello", "v3", manifest_bytes())

    found = send(seeded, "GET", f"{ROOT}/_tags?digest={digest_of(manifest_bytes())}")

    assert found == json_answer(in_registry(tags=[tag_document(seeded, "v3")]))


def test_empty_list_of_tags_is_null(profile: Profile) -> None:
    registry = registry_of(profile)
    put_image(registry, "samples/hello")

    none: list[str] | None = None if profile == "acr" else []
    assert send(registry, "GET", f"{ROOT}/_tags") == json_answer(in_registry(tags=none))


def test_documents_are_utf8_and_compact(azure: FakeRegistry) -> None:
    """acr-behaviour 1.8: no blank between members, one newline, counted."""
    put_image(azure, "samples/hello", "v1")

    found = send(azure, "GET", ROOT)

    assert found == answer(200, {"Content-Type": JSON_TYPE}, json_text(found.json))
