"""Assertions on the requests that a registry has recorded, made over HTTP by plain requests."""

from functools import partial

import pytest

from fake_registry import FakeRegistry, Fault, Refuse
from fake_registry.http.faults import Disconnect
from fake_registry.wsgi import ConnectionDropped
from tests.support.http import (
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    begin,
    put_blob,
    put_image,
    put_manifest,
    registry_of,
    send,
)
from tests.support.logins import basic, bearer, log_in, post_form, token_for

ACCEPT = {"Accept": OCI_MANIFEST}
V1 = "/v2/samples/hello/manifests/v1"
TAGS_OF_A_PUSH = f"/v2/samples/hello/manifests/{IMAGE_DIGEST}?tag=a&tag=b"


def test_image_that_was_pushed_and_pulled(either: FakeRegistry) -> None:
    put_image(either, "samples/hello", "v1")
    etag = send(either, "GET", V1, headers=ACCEPT).header("ETag")
    send(either, "GET", V1, headers=ACCEPT | {"If-None-Match": etag})
    send(either, "HEAD", V1, headers=ACCEPT)

    either.requests.assert_pushed("samples/hello:v1", times=1)
    either.requests.assert_pushed(f"samples/hello:v1@{IMAGE_DIGEST}", times=1)
    either.requests.assert_pulled(f"samples/hello@{IMAGE_DIGEST}", times=1)
    either.requests.assert_order("upload.start", "manifest.put", "manifest.get", "manifest.head")
    either.requests.assert_uploaded_once()


def test_refused_push_has_its_reason(either: FakeRegistry) -> None:
    put_manifest(either, "samples/hello", "v1", IMAGE)

    with pytest.raises(AssertionError) as raised:
        either.requests.assert_pushed("samples/hello:v1")
    assert str(raised.value).startswith(
        "expected a push of samples/hello:v1, found no push; 1 refused push of samples/hello:v1: "
        "#0 PUT /v2/samples/hello/manifests/v1 -> 4"
    )
    assert "; the repository has no blob or manifest sha256:" in str(raised.value)


@pytest.mark.parametrize("times", [0, 1])
def test_tags_of_a_push_by_digest_are_those_that_the_registry_knows(times: int) -> None:
    registry = registry_of(tag_parameters=times > 0)
    put_image(registry, "samples/hello")
    send(registry, "PUT", TAGS_OF_A_PUSH, IMAGE, {"Content-Type": OCI_MANIFEST})

    for tag in ("a", "b"):
        registry.requests.assert_tagged(f"samples/hello:{tag}@{IMAGE_DIGEST}", times=times)


def test_mount_and_its_refusal(either: FakeRegistry) -> None:
    put_blob(either, "samples/hello", LAYER)
    mount = f"/v2/other/blobs/uploads/?mount={LAYER_DIGEST.replace(':', '%3A')}&from="
    send(either, "POST", f"{mount}samples%2Fhello", b"")
    send(either, "POST", f"{mount}nothing", b"")

    either.requests.assert_mounted("other", source="samples/hello", digest=LAYER_DIGEST, times=1)
    with pytest.raises(AssertionError, match=r"; 1 declined mount of other@\S+: #2 POST \S+ -> 202 in:"):
        either.requests.assert_mounted("other", source="nothing")


def test_upload_in_chunks_and_in_one_request_are_two(either: FakeRegistry) -> None:
    put_blob(either, "samples/hello", LAYER)
    either.requests.assert_uploaded_once()

    location = begin(either, "samples/hello", LAYER)
    joint = "&" if "?" in location else "?"
    send(either, "PUT", f"{location}{joint}digest={LAYER_DIGEST}", b"")
    with pytest.raises(AssertionError, match=r", found 2 uploads of samples/hello@sha256:"):
        either.requests.assert_uploaded_once()


def test_deletions(azure: FakeRegistry) -> None:
    put_image(azure, "samples/hello", "v1")
    put_image(azure, "other", "v1")
    send(azure, "DELETE", V1)
    send(azure, "DELETE", "/acr/v1/samples/hello/_tags/v1")
    send(azure, "DELETE", f"/v2/samples/hello/manifests/{IMAGE_DIGEST}")
    send(azure, "DELETE", f"/v2/samples/hello/blobs/{LAYER_DIGEST}")
    send(azure, "DELETE", "/acr/v1/other")

    for name in ("samples/hello:v1", f"samples/hello@{IMAGE_DIGEST}", f"samples/hello@{LAYER_DIGEST}", "other"):
        azure.requests.assert_deleted(name, times=1)
    with pytest.raises(AssertionError, match="found deletions of samples/hello:v1, "):
        azure.requests.assert_deleted("samples/hello")


def test_tag_that_was_deleted_by_the_route_of_manifests(oci: FakeRegistry) -> None:
    put_image(oci, "samples/hello", "v1")
    send(oci, "DELETE", V1)

    oci.requests.assert_deleted("samples/hello:v1", times=1)


def test_logins_of_each_kind() -> None:
    registry = registry_of(auth="anonymous-pull", admin_user="fake", admin_password="pass:word")
    scope = "repository:samples/hello:pull"
    target = f"/oauth2/token?service=fake.azurecr.io&scope={scope}"

    token_for(registry, log_in(registry, oid="a"), scope)
    send(registry, "GET", target, headers=basic("fake", "pass:word"))
    send(registry, "GET", target)
    registry.requests.assert_logins(at_most=3)
    send(registry, "GET", target, headers=basic("fake", "wrong"))
    post_form(registry, "/oauth2/token", grant_type="refresh_token", service="x", refresh_token="x")
    registry.requests.assert_logins(at_most=3)

    with pytest.raises(AssertionError, match=r"^expected at most 2 logins, found 3 in:\n"):
        registry.requests.assert_logins(at_most=2)


def test_call_without_a_token_is_no_push_and_no_refused_one() -> None:
    registry = registry_of(auth="token")
    put_manifest(registry, "samples/hello", "v1", IMAGE)
    reader = token_for(registry, log_in(registry, oid="a"), "repository:samples/hello:pull")
    send(registry, "PUT", V1, IMAGE, {"Content-Type": OCI_MANIFEST} | bearer(reader))

    with pytest.raises(AssertionError) as raised:
        registry.requests.assert_pushed("samples/hello:v1")
    [sentence, *_] = str(raised.value).splitlines()
    assert sentence == (
        "expected a push of samples/hello:v1, found no push; 1 refused push of samples/hello:v1: "
        "#3 PUT /v2/samples/hello/manifests/v1 -> 401 UNAUTHORIZED; "
        "the token is good for repository:samples/hello:pull in:"
    )


def test_pushes_that_a_fault_refused_do_not_count(either: FakeRegistry) -> None:
    put_blob(either, "samples/hello", LAYER)
    either.faults.add(Fault("manifest.put", Refuse(503), times=1))
    either.faults.add(Fault("manifest.put", Disconnect(), times=1, skip=1))
    put_manifest(either, "samples/hello", "v1", IMAGE)
    with pytest.raises(ConnectionDropped):
        put_manifest(either, "samples/hello", "v1", IMAGE)

    with pytest.raises(AssertionError) as raised:
        either.requests.assert_pushed("samples/hello:v1")
    assert "; 1 refused push of samples/hello:v1: #1 " in str(raised.value)
    assert "; 1 dropped push of samples/hello:v1: #2 " in str(raised.value)


class TestBudget:
    """Of a registry, whatever happens to its journal."""

    @pytest.mark.parametrize("kept", [1, 2, 1_000])
    def test_dropped_and_forgotten_requests_count(self, kept: int) -> None:
        registry = registry_of(max_recorded_requests=kept)

        def run() -> None:
            with registry.requests.budget(requests=5, bytes_sent=2 * len(LAYER), uploads=1):
                put_blob(registry, "samples/hello", LAYER, LAYER, LAYER)
                registry.forget_requests()
                send(registry, "GET", "/v2/")

        with pytest.raises(AssertionError) as raised:
            run()
        assert str(raised.value) == (
            f"more than the budget: bytes_sent={3 * len(LAYER)} (at most {2 * len(LAYER)}), "
            "uploads=3 (at most 1) in:\n3 upload.start: 3 -> 201\n1 base: 1 -> 200"
        )

    def test_download_counts_where_its_bytes_come_from(self, azure: FakeRegistry) -> None:
        put_image(azure, "samples/hello", "v1")
        size = len(IMAGE)
        with azure.requests.budget(bytes_received=size, pulls=1):
            send(azure, "GET", V1, headers=ACCEPT)
            send(azure, "HEAD", V1, headers=ACCEPT)

    def test_wait_returns_an_earlier_exchange(self, azure: FakeRegistry) -> None:
        put_image(azure, "samples/hello", "v1")
        found = azure.requests.wait_for(0, endpoint="manifest.put")
        missing = partial(azure.requests.wait_for, 0, endpoint="manifest.put", after=found.number)
        with pytest.raises(AssertionError, match=rf" after #{found.number}, found none in:\n"):
            missing()
