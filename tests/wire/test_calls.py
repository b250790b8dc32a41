"""Requests and answers of every endpoint: distribution-spec v1.1.1, seen from the client."""

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_registry.http.routing import ROUTES
from fake_registry.spec.errors import (
    BlobUnknown,
    BlobUploadUnknown,
    DigestInvalid,
    ManifestBlobUnknown,
    ManifestInvalid,
    ManifestUnknown,
    MethodUnsupported,
    RegistryError,
    RouteUnknown,
    TooManyRequests,
)
from fake_registry.spec.manifest import Descriptor
from fake_registry.spec.media_types import OCI_INDEX, OCI_MANIFEST, OCTET_STREAM
from fake_registry.spec.names import RepositoryName, Tag, UploadId, digest_of
from fake_registry.wire import answers, calls, login_calls
from fake_registry.wire.challenge import bearer
from fake_registry.wire.messages import CallRequest, CallResponse
from tests.support.images import image, index

NAME, OTHER, V1, V2 = RepositoryName("samples/hello"), RepositoryName("other"), Tag("v1"), Tag("v2")
DIGEST = digest_of(b"content")
UPLOAD = UploadId("an-upload")
LOCATION = "http://there:5000/v2/samples/hello/blobs/uploads/an-upload?_state=a%2Fb=="
BUILT = image(b"layer").manifest

REQUESTS = [
    calls.get_blob(NAME, DIGEST),
    calls.head_blob(NAME, DIGEST),
    calls.delete_blob(NAME, DIGEST),
    calls.start_upload(NAME),
    calls.mount_blob(NAME, DIGEST, source=OTHER),
    calls.append_chunk(NAME, UPLOAD, LOCATION, offset=None, length=None),
    calls.finish_upload(NAME, UPLOAD, LOCATION, DIGEST),
    calls.upload_status(NAME, UPLOAD, LOCATION),
    calls.cancel_upload(NAME, UPLOAD, LOCATION),
    calls.get_manifest(NAME, V1),
    calls.head_manifest(NAME, DIGEST),
    calls.put_manifest(NAME, BUILT, reference=BUILT.digest, tags=[V1]),
    calls.delete_manifest(NAME, V1),
    calls.delete_acr_tag(NAME, V1),
    calls.list_tags(NAME),
    calls.list_repositories(),
    calls.list_referrers(NAME, DIGEST),
    login_calls.get_token(bearer(realm="http://there:5000/oauth2/token", service="there"), "a b"),
    login_calls.post_token(bearer(realm="http://there:5000/oauth2/token", service="there"), "a b", "secret"),
]


def answer(status: int = 200, body: bytes = b"", url: str = "http://there:5000/v2/x", **headers: str) -> CallResponse:
    """An answer with headers whose names are written with underscores."""
    return CallResponse(
        status=status, url=url, headers={name.replace("_", "-"): text for name, text in headers.items()}, body=body
    )


def url(call: CallRequest) -> str:
    return call.url("http://there:5000/").removeprefix("http://there:5000")


@pytest.mark.parametrize("call", REQUESTS, ids=lambda call: call.endpoint.name)
def test_request_goes_to_the_endpoint_that_it_names(call: CallRequest) -> None:
    path = unquote(urlsplit(call.url("http://there:5000/")).path)
    assert ROUTES[path].endpoint(call.method) is call.endpoint


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (calls.mount_blob(NAME, DIGEST, source=OTHER), f"/v2/{NAME}/blobs/uploads/?mount={DIGEST}&from=other"),
        (calls.mount_blob(NAME, DIGEST, source=None), f"/v2/{NAME}/blobs/uploads/?mount={DIGEST}"),
        (calls.finish_upload(NAME, UPLOAD, LOCATION, DIGEST), f"{LOCATION[17:]}&digest={DIGEST}"),
        (calls.finish_upload(NAME, UPLOAD, "/here", DIGEST), f"/here?digest={DIGEST}"),
        (calls.upload_status(NAME, UPLOAD, LOCATION), LOCATION[17:]),
        (
            calls.put_manifest(NAME, BUILT, reference=BUILT.digest, tags=[V1, V2]),
            f"/v2/{NAME}/manifests/{BUILT.digest}?tag=v1&tag=v2",
        ),
        (calls.list_tags(NAME, after=V1, limit=5), f"/v2/{NAME}/tags/list?n=5&last=v1"),
        (calls.list_repositories(limit=0), "/v2/_catalog?n=1"),
        (
            calls.list_referrers(NAME, DIGEST, artifact_type="a/b+c"),
            f"/v2/{NAME}/referrers/{DIGEST}?artifactType=a/b%2Bc",
        ),
        (calls.delete_acr_tag(NAME, V1), "/acr/v1/samples%2Fhello/_tags/v1"),
        (calls.page_at(calls.list_tags(NAME, limit=5), "/v2/next?last=x"), "/v2/next?last=x"),
    ],
)
def test_query_is_added_and_a_location_kept_as_it_was_written(call: CallRequest, expected: str) -> None:
    assert url(call) == expected


@pytest.mark.parametrize(
    ("start", "stop", "header"),
    [(0, None, None), (0, 1, "bytes=0-0"), (3, None, "bytes=3-"), (3, 7, "bytes=3-6")],
)
def test_range_of_a_blob_includes_its_last_byte(start: int, stop: int | None, header: str | None) -> None:
    """RFC 9110 §14.1.2."""
    assert calls.get_blob(NAME, DIGEST, start=start, stop=stop).headers.get("Range") == header


@pytest.mark.parametrize(
    ("offset", "length", "header"), [(4, 3, "4-6"), (0, 1, "0-0"), (4, 0, None), (4, None, None), (None, 3, None)]
)
def test_content_range_requires_offset_and_length(offset: int | None, length: int | None, header: str | None) -> None:
    call = calls.append_chunk(NAME, UPLOAD, LOCATION, offset=offset, length=length)
    assert call.headers == {"Content-Type": OCTET_STREAM, **({"Content-Range": header} if header else {})}


def test_each_scope_of_a_challenge_is_a_field() -> None:
    challenge = bearer(realm="https://login/token?x=1", service="there")
    assert (
        login_calls.get_token(challenge, "one two").url("")
        == "https://login/token?x=1&service=there&scope=one&scope=two"
    )
    assert login_calls.post_token(challenge, "one two", "a+b").body.endswith(b"&service=there&scope=one&scope=two")


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/v2/a/blobs/uploads/1?_state=x%2F", "http://there:5000/v2/a/blobs/uploads/1?_state=x%2F"),
        ("https://else.where/up?a=b", "https://else.where/up?a=b"),
        ("//else.where/up", "http://else.where/up"),
        ("?page=2", "http://there:5000/v2/x?page=2"),
        ("../acr", "http://there:5000/acr"),
        (" /v2/b ", "http://there:5000/v2/b"),
    ],
)
def test_location_is_joined_to_the_url_it_came_from(location: str, expected: str) -> None:
    """RFC 3986 §5.2."""
    assert answer(Location=location).location == expected


@pytest.mark.parametrize(
    ("told", "upload"),
    [
        (answer(202, Docker_Upload_UUID="a", Location="/v2/x/blobs/uploads/b"), "a"),
        (answer(202, Location="/v2/x/blobs/uploads/b?_state=c/d"), "b"),
        (answer(202, Location="/v2/x/blobs/uploads/b/"), "b"),
    ],
)
def test_upload_is_known_by_its_uuid_or_location(told: CallResponse, upload: str) -> None:
    assert answers.upload_of(told) == upload


@pytest.mark.parametrize(
    ("text", "expected", "offset"),
    [("0-6", 7, 7), ("0-6", 9, 7), ("0-0", 1, 1), ("0-0", 0, 0), ("0-0", 5, 0), ("bytes=0-6", 0, 7), ("0--1", 3, 3)],
)
def test_offset_is_read_from_the_range_header(text: str, expected: int, offset: int) -> None:
    assert answers.offset_of(answer(202, Range=text), expected=expected) == offset
    assert answers.offset_of(answer(202), expected=expected) == expected


@given(st.integers(0, 2**40))
def test_offset_in_a_range_agrees_with_the_callers_count(offset: int) -> None:
    told = answer(202, Range=f"0-{max(offset - 1, 0)}")
    assert answers.offset_of(told, expected=offset) == offset


def test_start_of_a_download_is_read_from_content_range() -> None:
    assert answers.start_of(answer(206, Content_Range="bytes 3-6/10")) == 3
    assert answers.start_of(answer(200, Content_Range="bytes 3-6/10")) == 0
    with pytest.raises(ValueError, match="expected bytes first-last/size"):
        answers.start_of(answer(206))


def test_blob_descriptor_requires_a_content_length() -> None:
    described = Descriptor(media_type=OCTET_STREAM, digest=DIGEST, size=7)
    assert answers.decode_blob(answer(Content_Length="7"), DIGEST) == described
    with pytest.raises(ValueError, match="expected a Content-Length"):
        answers.decode_blob(answer(), DIGEST)


@pytest.mark.parametrize("reference", [V1, BUILT.digest])
@pytest.mark.parametrize("content_type", [f"{OCI_MANIFEST}; charset=utf-8", "application/json", ""])
def test_manifest_is_read_and_its_digest_computed(reference: Tag, content_type: str) -> None:
    """Pulling manifests: Docker-Content-Digest MAY be missing."""
    assert answers.decode_manifest(answer(body=BUILT.content, Content_Type=content_type), reference) == BUILT


def test_manifest_keeps_the_algorithm_of_its_digest() -> None:
    by_sha512 = image(b"layer", algorithm="sha512").manifest
    told = answer(body=BUILT.content, Content_Type=OCI_MANIFEST, Docker_Content_Digest=by_sha512.digest)
    assert answers.decode_manifest(told, V1) == by_sha512
    assert answers.decode_manifest(told, BUILT.digest) == BUILT


@pytest.mark.parametrize(
    ("told", "reference", "expected"),
    [
        (answer(body=b"{}", Content_Type=OCI_MANIFEST), BUILT.digest, DigestInvalid),
        (answer(body=BUILT.content, Docker_Content_Digest=DIGEST), V1, DigestInvalid),
        (answer(body=BUILT.content, Docker_Content_Digest="md5:0"), V1, DigestInvalid),
        (answer(body=b"<html>", Content_Type="text/html"), V1, ManifestInvalid),
        (answer(body=b"<html>"), V1, ManifestInvalid),
        (answer(body=b"{}"), V1, ManifestInvalid),
    ],
)
def test_manifest_with_another_digest_or_type_is_refused(
    told: CallResponse, reference: Tag, expected: type[RegistryError]
) -> None:
    with pytest.raises(expected):
        answers.decode_manifest(told, reference)


def test_head_of_a_manifest_requires_type_digest_and_size() -> None:
    told = answer(Content_Type=OCI_MANIFEST, Content_Length="7", Docker_Content_Digest=DIGEST)
    described = Descriptor(media_type=OCI_MANIFEST, digest=DIGEST, size=7)
    assert answers.decode_manifest_head(told, V1) == described
    assert answers.decode_manifest_head(answer(Content_Type=OCI_MANIFEST, Content_Length="7"), DIGEST) == described
    assert answers.decode_manifest_head(answer(Content_Type=OCI_MANIFEST, Content_Length="7"), V1) is None
    assert answers.decode_manifest_head(answer(Content_Type=OCI_MANIFEST), DIGEST) is None
    assert answers.decode_manifest_head(answer(Content_Length="7"), DIGEST) is None


def test_stored_digest_is_compared_within_its_algorithm() -> None:
    answers.check_digest(answer(201), DIGEST)
    answers.check_digest(answer(201, Docker_Content_Digest=digest_of(b"another", "sha512")), DIGEST)
    with pytest.raises(DigestInvalid):
        answers.check_digest(answer(201, Docker_Content_Digest=digest_of(b"another")), DIGEST)


def test_push_confirms_tags_and_subject() -> None:
    assert answers.confirmed_tags(answer(201, OCI_Tag="v1, v2")) >= {"v1", "v2"}
    assert not answers.confirmed_tags(answer(201)) & {"v1"}
    assert [answers.knows_subject(one) for one in (answer(201, OCI_Subject=DIGEST), answer(201))] == [True, False]


def test_lists_are_read() -> None:
    assert answers.decode_tags(answer(body=b'{"name":"samples/hello","tags":null}')) == ()
    assert answers.decode_repositories(answer(body=b'{"repositories":["a","b"]}')) == ("a", "b")


def test_referrers_are_filtered_unless_the_registry_did() -> None:
    """Listing Referrers, OCI-Filters-Applied."""
    body = index(BUILT).manifest.content
    assert len(answers.decode_referrers_of(answer(body=body), None)) == 1
    assert answers.decode_referrers_of(answer(body=body), "a/b") == ()
    assert len(answers.decode_referrers_of(answer(body=body, OCI_Filters_Applied="artifactType"), "a/b")) == 1


def test_next_page_is_at_the_same_host() -> None:
    assert answers.next_page(answer()) is None
    assert answers.next_page(answer(Link='</v2/y?last=a&n=1>; rel="next"')) == "http://there:5000/v2/y?last=a&n=1"
    with pytest.raises(ValueError, match="same host"):
        answers.next_page(answer(Link='<http://else.where/v2/y>; rel="next"'))


def test_token_has_two_names_and_a_default_lifetime_of_a_minute() -> None:
    assert answers.decode_token(answer(body=b'{"access_token":"a","expires_in":300}')) == ("a", 300)
    assert answers.decode_token(answer(body=b'{"token":"b"}')) == ("b", 60)
    with pytest.raises(ValueError, match="found none"):
        answers.decode_token(answer(body=b"{}"))


@pytest.mark.parametrize(
    ("call", "status", "expected"),
    [
        (calls.head_blob(NAME, DIGEST), 404, BlobUnknown),
        (calls.head_manifest(NAME, V1), 404, ManifestUnknown),
        (calls.upload_status(NAME, UPLOAD, LOCATION), 404, BlobUploadUnknown),
        (calls.list_referrers(NAME, DIGEST), 404, RouteUnknown),
    ],
)
def test_error_without_a_body_depends_on_the_endpoint(
    call: CallRequest, status: int, expected: type[RegistryError]
) -> None:
    refused = answers.refusal_of(call, answer(status))
    assert (type(refused), refused.facts) == (expected, dict(call.names))


def test_error_has_facts_from_headers() -> None:
    throttled = answers.refusal_of(calls.list_tags(NAME), answer(429, Retry_After="7"))
    assert (type(throttled), throttled.facts["retry_after"]) == (TooManyRequests, 7)
    forbidden = answers.refusal_of(calls.delete_blob(NAME, DIGEST), answer(405, Allow="GET, HEAD"))
    assert (type(forbidden), forbidden.facts["allowed"]) == (MethodUnsupported, ("GET", "HEAD"))


@pytest.mark.parametrize("detail", [f'"{DIGEST}"', f'{{"digest":"{DIGEST}"}}'], ids=["acr", "object"])
def test_missing_blob_is_named_in_the_detail(detail: str) -> None:
    body = f'{{"errors":[{{"code":"MANIFEST_BLOB_UNKNOWN","message":"","detail":{detail}}}]}}'.encode()
    refused = answers.refusal_of(calls.put_manifest(NAME, BUILT, reference=V1), answer(400, body))
    assert (type(refused), refused.facts["digest"]) == (ManifestBlobUnknown, DIGEST)


def test_referrers_come_as_an_index() -> None:
    assert calls.list_referrers(NAME, DIGEST).headers == {"Accept": OCI_INDEX}
    assert calls.get_manifest(NAME, V1).headers["Accept"].endswith("*/*")
