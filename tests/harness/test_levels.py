"""What the documents leave open is accepted, and what they ask for is reported at their level.

Each test changes the responses of our registry on their way, and runs a few steps.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import pytest

from fake_registry import FakeRegistry, Settings
from pytest_acr.harness.dialect import Dialect
from pytest_acr.harness.findings import Findings
from pytest_acr.harness.messages import RawRequest, RawResponse, RegistryTarget
from pytest_acr.harness.model import digest_of
from pytest_acr.harness.plan import MachinePlan
from pytest_acr.harness.replay import WrittenStep, run_steps
from pytest_acr.harness.wsgi_target import WsgiTarget

Change = Callable[[RawRequest, RawResponse], RawResponse]

OCI: Final = Settings(profile="oci", auth="off")

PUSH_BLOB: Final = ("push_blob", {"repository": 0, "content": 1, "algorithm": 0, "single": False})
_IMAGE: Final = {"repository": 0, "layer": 0, "layers": 1, "docker": False, "style": 0}
PUSH_IMAGE: Final = ("push_image", {**_IMAGE, "by_tag": True, "tag": 0})
GET_ABSENT: Final = ("get_blob", {"repository": 0, "which": 0})


@dataclass
class ChangingTarget:
    """Changes the responses of a registry."""

    target: RegistryTarget
    change: Change
    requests: list[RawRequest] = field(default_factory=list)

    def send(self, request: RawRequest) -> RawResponse:
        self.requests.append(request)
        return self.change(request, self.target.send(request))

    def close(self) -> None:
        self.target.close()


def levels_found(
    change: Change,
    *steps: WrittenStep,
    dialect: Dialect | None = None,
    settings: Settings = OCI,
) -> dict[str, str]:
    """Return the levels of what these steps find, by the ids of the properties."""
    target = ChangingTarget(WsgiTarget(FakeRegistry(settings).wsgi_app), change)
    findings = Findings(collect=True)
    run_steps(MachinePlan(lambda: target, dialect or Dialect(), findings=findings), steps)
    return {each.property.id: each.property.level for each in findings.collected()}


def without(name: str, method: str = "*", part: str = "/") -> Change:
    """Return a change that removes a header from the responses to a method, below a path."""

    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        if method not in ("*", request.method) or part not in request.path:
            return response
        kept = tuple(pair for pair in response.headers if pair[0].lower() != name)
        return replace(response, headers=kept)

    return change


def with_header(name: str, value: str, method: str, part: str) -> Change:
    """Return a change that sets a header of the successful responses to a method, below a path."""
    removed = without(name.lower(), method, part)

    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        if request.method != method or part not in request.path or response.status >= 300:
            return response
        kept = removed(request, response)
        return replace(kept, headers=(*kept.headers, (name, value)))

    return change


def unchanged(_: RawRequest, response: RawResponse) -> RawResponse:
    return response


def test_unchanged_responses_have_no_finding() -> None:
    assert levels_found(unchanged, PUSH_BLOB, PUSH_IMAGE, GET_ABSENT) == {}


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
    assert levels_found(change, PUSH_BLOB, PUSH_IMAGE) == found


def test_digest_of_a_manifest_may_be_of_another_algorithm() -> None:
    """Pulling manifests: the header "MAY differ from the provided digest"."""

    def change(request: RawRequest, response: RawResponse) -> RawResponse:
        if request.method not in ("GET", "HEAD") or "/manifests/" not in request.path:
            return response
        content = contents.setdefault(request.path, response.body) or contents[request.path]
        digest = digest_of(content, "sha512")
        return with_header("Docker-Content-Digest", digest, request.method, "/")(request, response)

    contents: dict[str, bytes] = {}
    assert levels_found(change, PUSH_IMAGE) == {}


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

    assert levels_found(change, GET_ABSENT) == found


def test_json_that_is_sent_as_text_is_checked_too() -> None:
    def change(_: RawRequest, response: RawResponse) -> RawResponse:
        if response.status < 400:
            return response
        return RawResponse(response.status, (("Content-Type", "text/plain"),), b'{"error": 1}')

    assert levels_found(change, GET_ABSENT) == {"error-document": "MUST"}


def test_blob_without_a_location_is_one_finding() -> None:
    assert levels_found(without("location", "PUT"), PUSH_BLOB) == {"blob-push-location": "MUST"}


def test_pushed_blob_may_be_on_another_host() -> None:
    """Single POST: the Location "does not necessarily have to be served by your registry"."""
    change = with_header("Location", "https://storage.example.org/abc", "PUT", "/blobs/")

    assert levels_found(change, PUSH_BLOB) == {}
