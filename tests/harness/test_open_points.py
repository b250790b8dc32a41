"""What the documents leave open is accepted, and what they only recommend is reported as SHOULD.

Each test changes what our registry does, and runs a few steps.
"""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from fake_registry import Settings
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.messages import RawRequest, RawResponse
from tests.support.changed_registry import Change, Rewrite, levels_found, with_header, without

_IMAGE: Final[dict[str, int | bool | str]] = {
    "repository": 0,
    "layer": 0,
    "layers": 1,
    "style": 0,
    "by_tag": True,
    "tag": 0,
}
PUSH_IMAGE: Final = ("push_image", {**_IMAGE, "docker": False})
PUSH_DOCKER_IMAGE: Final = ("push_image", {**_IMAGE, "docker": True})
_CHUNKS: Final[dict[str, int | bool | str]] = {"algorithm": 0, "content": 0, "chunks": 3}
UPLOAD: Final = ("upload_in_chunks", {**_CHUNKS, "repository": 0, "tail": "none"})
LIST_TAGS: Final = ("list_tags", {"repository": 0})
WITHOUT_N: Final = 5
REFUSED: Final = RawResponse(405, (), b"no")


def referrer(kind: int) -> tuple[str, dict[str, int | bool | str]]:
    chosen: dict[str, int | bool | str] = {"repository": 0, "which": 0, "kind": kind, "note": ""}
    return "push_referrer", {**chosen, "absent": False, "by_tag": False, "tag": 0}


def page(last: int, size: int = 4) -> tuple[str, dict[str, int]]:
    return "page_tags", {"repository": 0, "which": 0, "size": size, "last": last}


def answered(status: int, method: str, part: str, instead: int) -> Change:
    """Return a change of one status to another, for a method and a part of the path."""

    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        is_meant = response.status == status and request.method == method and part in request.path
        return RawResponse(instead, (("Location", "/v2/x"),), b"changed") if is_meant else response

    return change


# uploads


def test_single_post_may_begin_an_upload_for_some_contents() -> None:
    """Single POST: a registry that does not support it SHOULD return 202."""

    def rewrite(request: RawRequest) -> RawRequest:
        if request.method != "POST" or request.body != b"layer one":
            return request
        return replace(request, path=request.path.partition("?")[0], body=b"")

    right: dict[str, int | bool | str] = {"repository": 0, "content": 3, "algorithm": 0}
    right["single"] = True
    steps = [("push_wrong_digest", right), ("push_blob", right)]
    assert levels_found(*steps, rewrite=rewrite) == {}


def refuse_streams(*, first_too: bool) -> Rewrite:
    """Return a rewrite that makes the registry refuse chunks without a range."""

    def rewrite(request: RawRequest) -> RawRequest:
        is_chunk = request.method == "PATCH"
        is_streamed = is_chunk and "Content-Range" not in dict(request.headers)
        if is_streamed and (first_too or begun):
            return replace(request, headers=(*request.headers, ("Content-Range", "999-1000")))
        begun.update({request.path: 1} if is_chunk else {})
        return request

    begun: dict[str, int] = {}
    return rewrite


def test_stream_may_be_refused_after_the_first_chunk() -> None:
    assert levels_found(UPLOAD, rewrite=refuse_streams(first_too=False)) == {}


def test_stream_as_the_first_chunk_should_be_appended() -> None:
    step = ("send_chunk", {"which": 0, "content": 0, "streamed": True})
    assert levels_found(step, rewrite=refuse_streams(first_too=True)) == {"upload-stream": "SHOULD"}


def test_cancelled_upload_is_not_read_where_uploads_have_no_status() -> None:
    def rewrite(request: RawRequest) -> RawRequest | RawResponse:
        is_status = request.method == "GET" and "/uploads/" in request.path
        return REFUSED if is_status else request

    assert levels_found(("cancel_upload", {"which": 0}), rewrite=rewrite) == {}


def test_status_of_an_upload_that_has_ended_is_a_recommendation() -> None:
    """The table of endpoints has 404, and no sentence says MUST."""
    change = answered(404, "GET", "/uploads/", 400)
    assert levels_found(UPLOAD, change=change) == {"upload-gone-exact-status": "SHOULD"}
    assert levels_found(UPLOAD, change=answered(404, "PATCH", "/uploads/", 416)) == {}


@pytest.mark.parametrize(
    ("dialect", "found"),
    [(Dialect(), {"upload-wrong-length": "SHOULD"}), (Dialect(chunk_lengths=False), {})],
)
def test_length_of_a_chunk_may_be_left_unchecked(dialect: Dialect, found: dict[str, str]) -> None:
    def rewrite(request: RawRequest) -> RawRequest:
        headers = dict(request.headers)
        if headers.get("Content-Range") == "0-1":
            headers["Content-Range"] = "0-0"
        return replace(request, headers=tuple(headers.items()))

    step = ("send_wrong_length", {"which": 0, "content": 0, "surplus": 1})
    assert levels_found(step, rewrite=rewrite, dialect=dialect) == found


def test_part_that_is_the_whole_blob_may_be_200() -> None:
    def rewrite(request: RawRequest) -> RawRequest:
        return replace(request, headers=()) if "Range" in dict(request.headers) else request

    whole: dict[str, int | bool | str] = {"repository": 0, "which": 0, "form": "open", "first": 0, "last": 0}
    assert levels_found(("get_range", whole), rewrite=rewrite) == {}
    part = ("get_range", {**whole, "first": 1})
    assert levels_found(part, rewrite=rewrite) == {"range-support": "SHOULD"}


def test_two_uploads_must_have_two_locations() -> None:
    """POST then PUT: the Location has "a unique session ID"."""
    change = answered(202, "POST", "a/blobs/uploads/", 202)
    start = ("start_upload", {"repository": 0, "algorithm": 0})
    assert levels_found(start, start, change=change)["upload-unique"] == "MUST"


def test_chunks_are_not_sent_where_they_have_a_least_size() -> None:
    """Pushing a blob in chunks: OCI-Chunk-Min-Length."""

    def rewrite(request: RawRequest) -> RawRequest:
        assert request.method != "PATCH" or request.body == b"x", "after the end of an upload alone"
        return request

    change = with_header("OCI-Chunk-Min-Length", "1000", "POST", "/uploads/")
    step = ("push_again", {"repository": 0, "which": 1})
    assert levels_found(step, change=change, rewrite=rewrite) == {}


# mounts


@pytest.mark.parametrize(
    ("instead", "found"),
    [(404, {"mount-status": "SHOULD"}), (201, {"mount-absent": "MUST"})],
)
def test_mount_of_an_absent_blob_may_be_refused_and_not_granted(
    instead: int,
    found: dict[str, str],
) -> None:
    """Mounting a blob: a registry that is unable to mount SHOULD return 202."""
    step = ("mount_absent", {"repository": 0, "content": 0})
    assert levels_found(step, change=answered(202, "POST", "mount=", instead)) == found


@pytest.mark.parametrize(("dialect", "found"), [(Dialect(), {"mount": "SHOULD"}), (Dialect(mounts=False), {})])
def test_mount_may_begin_an_upload_instead(dialect: Dialect, found: dict[str, str]) -> None:
    def rewrite(request: RawRequest) -> RawRequest:
        is_mount = "mount=" in request.path and "/probe-other/" not in request.path
        return replace(request, path=request.path.partition("?")[0]) if is_mount else request

    step = ("mount_blob", {"repository": 0, "content": 0, "has_source": True})
    assert levels_found(step, rewrite=rewrite, dialect=dialect) == found


def test_upload_of_a_mount_has_the_content_that_was_to_be_mounted() -> None:
    """Mounting a blob: "the client MAY proceed with the upload", which is that of the blob."""
    begun: dict[str, str] = {}

    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        if "mount=" in request.path and response.status == 202:
            digest = re.sub(".*mount=([^&]*).*", r"\1", request.path)
            begun[(response.header("location") or "").partition("?")[0]] = digest
        wanted = begun.get(request.path.partition("?")[0])
        is_other = request.method == "PUT" and wanted and f"digest={wanted}" not in request.path
        return REFUSED if is_other else response

    wrong = ("mount_from_wrong_source", {"repository": 0, "content": 0})
    absent = ("mount_absent", {"repository": 0, "content": 0})
    settings = Settings(profile="oci", auth="off", mount_from_anywhere=False)
    assert levels_found(wrong, absent, change=change, settings=settings) == {}
    assert len(begun) > 2


# manifests and deletes


@pytest.mark.parametrize(
    ("kind", "found"),
    [(0, {"oci-subject": "MUST"}), (3, {"oci-subject-of-index": "SHOULD"})],
)
def test_subject_of_an_index_is_confirmed_by_recommendation(kind: int, found: dict[str, str]) -> None:
    """Pushing Manifests with Subject is about image manifests alone."""
    assert levels_found(referrer(kind), change=without("oci-subject")) == found


def test_types_of_docker_are_pushed_only_where_they_are_stored() -> None:
    def rewrite(request: RawRequest) -> RawRequest | RawResponse:
        is_docker = "docker" in dict(request.headers).get("Content-Type", "")
        return RawResponse(415, (), b"no") if is_docker else request

    assert levels_found(PUSH_DOCKER_IMAGE, rewrite=rewrite) == {}


@pytest.mark.parametrize(
    ("steps", "part"),
    [
        ([PUSH_IMAGE, ("delete_blob", {"repository": 0, "which": 0})], "/blobs/"),
        ([referrer(0), ("delete_manifest", {"repository": 0, "which": 0})], "/manifests/"),
    ],
)
def test_content_in_use_may_be_kept(steps: list[tuple[str, dict[str, int]]], part: str) -> None:
    """Content Management: deletion MAY be implemented or disabled."""

    def rewrite(request: RawRequest) -> RawRequest | RawResponse:
        is_delete = request.method == "DELETE" and part in request.path
        return REFUSED if is_delete and "/probe/" not in request.path else request

    assert levels_found(*steps, rewrite=rewrite) == {}


@pytest.mark.parametrize(
    ("part", "found"),
    [
        ("/manifests/", {"manifest-delete-absent": "SHOULD"}),
        ("-absent/manifests/", {"manifest-delete-no-repository": "MUST"}),
    ],
)
def test_delete_of_an_absent_manifest_is_404(part: str, found: dict[str, str]) -> None:
    """Deleting Manifests: MUST for a repository that does not exist."""
    step = ("delete_manifest", {"repository": 0, "which": 1})
    assert levels_found(step, change=answered(404, "DELETE", part, 202)) == found


# lists


def sorted_tags(key: Callable[[str], str], *, reverse: bool = False) -> Change:
    """Return a change of the order of tags."""

    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        if "/tags/list" not in request.path or response.status != 200:
            return response
        document = json.loads(response.body)
        document["tags"] = sorted(document["tags"], key=key, reverse=reverse)
        return replace(response, body=json.dumps(document).encode())

    return change


TAG_THREE: Final = [("tag_again", {"repository": 0, "which": 0, "tag": tag}) for tag in (3, 4, 6)]
"""B, a, _x: the underscore is between capital and small letters."""


@pytest.mark.parametrize("key", [str, str.lower, str.upper])
def test_tags_may_be_sorted_in_several_ways(key: Callable[[str], str]) -> None:
    assert levels_found(*TAG_THREE, LIST_TAGS, change=sorted_tags(key)) == {}


def test_tags_must_be_sorted() -> None:
    """Pages of an unsorted list are not compared: that would be the same finding once more."""
    change = sorted_tags(str, reverse=True)
    assert levels_found(*TAG_THREE, page(0), change=change) == {"tags-order": "MUST"}
    assert levels_found(page(0), change=change) == {"tags-order": "MUST"}


@pytest.mark.parametrize(
    ("last", "found"),
    [(1, {"tags-last": "MUST"}), (8, {"tags-last-absent": "SHOULD"})],
)
def test_last_that_is_no_tag_is_a_recommendation(last: int, found: dict[str, str]) -> None:
    def rewrite(request: RawRequest) -> RawRequest:
        if "/tags/list" not in request.path:
            return request
        return replace(request, path=re.sub("[?&]last=[^&]*", "", request.path))

    assert levels_found(page(last), rewrite=rewrite) == found
    assert levels_found(page(last, WITHOUT_N), rewrite=rewrite) == found


def test_list_of_tags_of_an_absent_repository_should_be_404() -> None:
    change = answered(404, "GET", "/tags/list", 200)
    assert levels_found(LIST_TAGS, change=change) == {"tags-absent": "SHOULD"}


def test_filter_must_be_named_where_it_was_applied() -> None:
    found = levels_found(referrer(0), change=without("oci-filters-applied"))
    assert found == {"referrers-filter-applied": "SHOULD", "referrers-filter-silent": "MUST"}


def test_list_without_referrers_has_nothing_to_filter() -> None:
    step = ("list_referrers", {"repository": 0, "which": 0, "kind": 1})
    assert levels_found(step, change=without("oci-filters-applied")) == {}
