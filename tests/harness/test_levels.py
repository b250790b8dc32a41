"""Headers and bodies are judged at the level of the document, and what it leaves open is accepted."""

from typing import Final

import pytest

from pytest_acr.harness.messages import RawRequest, RawResponse
from pytest_acr.harness.model import digest_of
from tests.support.changed_registry import Change, levels_found, with_header, without

PUSH_BLOB: Final = ("push_blob", {"repository": 0, "content": 1, "algorithm": 0, "single": False})
_IMAGE: Final = {"repository": 0, "layer": 0, "layers": 1, "docker": False, "style": 0}
PUSH_IMAGE: Final = ("push_image", {**_IMAGE, "by_tag": True, "tag": 0})
GET_ABSENT: Final = ("get_blob", {"repository": 0, "which": 0})


def test_unchanged_responses_have_no_finding() -> None:
    assert levels_found(PUSH_BLOB, PUSH_IMAGE, GET_ABSENT) == {}


WRONG: Final = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (without("docker-content-digest", part="/blobs/"), {"blob-digest-header": "SHOULD"}),
        (without("docker-content-digest", part="/manifests/"), {"manifest-digest-header": "SHOULD"}),
        (
            with_header("Docker-Content-Digest", WRONG, "GET", "/blobs/"),
            {"blob-get-digest": "MUST", "head-like-get": "SHOULD"},
        ),
        (
            with_header("Docker-Content-Digest", WRONG, "GET", "/manifests/"),
            {"manifest-get-digest": "MUST", "head-like-get": "SHOULD"},
        ),
        (
            with_header("Docker-Content-Digest", WRONG, "HEAD", "/blobs/"),
            {"blob-head-digest": "SHOULD", "head-like-get": "SHOULD"},
        ),
        (without("content-length", "HEAD", "/blobs/"), {"blob-head-length": "SHOULD"}),
        (without("content-length", "HEAD", "/manifests/"), {"manifest-head-length": "SHOULD"}),
        (with_header("Content-Length", "7", "HEAD", "/blobs/"), {"head-length": "MUST"}),
        (with_header("Content-Length", "7", "HEAD", "/manifests/"), {"head-length": "MUST"}),
        (without("content-type", "HEAD", "/blobs/"), {}),
        (without("content-type", "HEAD", "/manifests/"), {"head-like-get": "SHOULD"}),
    ],
)
def test_header_is_judged_as_strictly_as_the_document_says(
    change: Change,
    found: dict[str, str],
) -> None:
    """v1.1.1 asks for Docker-Content-Digest and for the length of HEAD with SHOULD."""
    assert levels_found(PUSH_BLOB, PUSH_IMAGE, change=change) == found


def test_digest_of_a_manifest_may_be_of_another_algorithm() -> None:
    """Pulling manifests: the header "MAY differ from the provided digest"."""

    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        if request.method not in ("GET", "HEAD") or "/manifests/" not in request.path:
            return response
        content = contents.setdefault(request.path, response.body) or contents[request.path]
        digest = digest_of(content, "sha512")
        return with_header("Docker-Content-Digest", digest, request.method, "/")(request, response)

    contents: dict[str, bytes] = {}
    assert levels_found(PUSH_IMAGE, change=change) == {}


@pytest.mark.parametrize(("body", "found"), [(b"no", {}), (b"", {"error-body": "SHOULD"})])
def test_refusal_may_be_in_any_format_and_should_not_be_empty(
    body: bytes,
    found: dict[str, str],
) -> None:
    """Error Codes: "MAY return a body in any format"; RFC 9110 §15.5."""

    def change(_: RawRequest, response: RawResponse) -> RawResponse:
        if response.status < 400:
            return response
        return RawResponse(response.status, (("Content-Type", "text/plain"),), body)

    assert levels_found(GET_ABSENT, change=change) == found


def test_json_that_is_sent_as_text_is_checked_too() -> None:
    def change(_: RawRequest, response: RawResponse) -> RawResponse:
        if response.status < 400:
            return response
        return RawResponse(response.status, (("Content-Type", "text/plain"),), b'{"error": 1}')

    assert levels_found(GET_ABSENT, change=change) == {"error-document": "MUST"}


def test_blob_without_a_location_is_one_finding() -> None:
    assert levels_found(PUSH_BLOB, change=without("location", "PUT")) == {"blob-push-location": "MUST"}


@pytest.mark.parametrize(
    ("location", "found"),
    [
        (None, {"manifest-push-location": "MUST"}),
        ("/v2/another/manifests/latest", {"manifest-push-location": "MUST"}),
        ("https://storage.example.org/abc", {}),
    ],
)
def test_manifest_must_be_at_its_location(location: str | None, found: dict[str, str]) -> None:
    """Pushing Manifests: "The <location> is a pullable manifest URL"."""
    removed = without("location", "PUT", "/manifests/")
    given = with_header("Location", location or "", "PUT", "/manifests/")
    assert levels_found(PUSH_IMAGE, change=given if location else removed) == found


@pytest.mark.parametrize("digest", ["sha256", "sha512"])
def test_digest_of_a_pushed_manifest_must_be_that_of_the_client(digest: str) -> None:
    """Pushing Manifests: it "MUST be equal to the client provided digest"."""

    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        value = digest_of(request.body, digest)
        return with_header("Docker-Content-Digest", value, "PUT", "-sha512/")(request, response)

    chosen: dict[str, int | bool | str] = {"repository": 0, "note": ""}
    found = {"manifest-push-digest": "MUST"} if digest == "sha256" else {}
    assert levels_found(("push_by_sha512", chosen), change=change) == found


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ('299 - "This image is deprecated."', {}),
        ('299 - "One.", 299 - "Two \\"quoted\\"."', {}),
        ('199 - "Old."', {"warning-header": "MUST"}),
        ('299 registry "Named."', {"warning-header": "MUST"}),
        ('299 - "Dated." "Wed, 21 Oct 2026 07:28:00 GMT"', {"warning-header": "MUST"}),
        (f'299 - "{"x" * 4096}"', {"warning-header": "MUST"}),
    ],
)
def test_warning_must_have_its_form(value: str, found: dict[str, str]) -> None:
    assert levels_found(PUSH_BLOB, change=with_header("Warning", value, "GET", "/blobs/")) == found


def test_base_should_be_200() -> None:
    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        return RawResponse(404, (), b"no") if request.path == "/v2/" else response

    assert levels_found(PUSH_BLOB, change=change) == {"base-status": "SHOULD"}


def test_pushed_blob_may_be_on_another_host() -> None:
    """Single POST: the Location "does not necessarily have to be served by your registry"."""
    change = with_header("Location", "https://storage.example.org/abc", "PUT", "/blobs/")

    assert levels_found(PUSH_BLOB, change=change) == {}
