"""Random requests: no exception, no 5xx, readable refusals, and other content is unchanged.

Paths, queries, headers and bodies are mixed from parts of real clients' requests and from junk, so
that many of them pass the router and the login and reach the handlers.
"""

import json

from hypothesis import given
from hypothesis import strategies as st

from fake_registry import FakeRegistry
from fake_registry.settings import Auth, Profile
from tests.http.fuzz import REQUESTS, Sent
from tests.http.fuzz_parts import KEPT, registry_with, seed
from tests.support.effort import examples
from tests.support.http import (
    CONFIG,
    IMAGE,
    IMAGE_DIGEST,
    LAYER,
    LAYER_DIGEST,
    OCI_MANIFEST,
    HttpAnswer,
    send,
)
from tests.support.logins import basic, bearer, log_in, token_for


def assert_readable(found: HttpAnswer, method: str) -> None:
    """Assert that an answer is no 5xx, has the right length, and is readable JSON if it is a
    refusal."""
    assert 200 <= found.status < 500
    if method == "HEAD" or found.status in (204, 304):
        assert found.body == b""
    else:
        assert found.header("Content-Length") == str(len(found.body))
    if found.status >= 400 and found.body and dict(found.headers)["Content-Type"].startswith("application/json"):
        errors = found.json["errors"]
        assert errors
        assert all(isinstance(one["code"], str) and isinstance(one["message"], str) for one in errors)


@given(
    profile=st.sampled_from(["acr", "oci"]),
    auth=st.sampled_from(["off", "off", "token", "anonymous-pull"]),
    requests=st.lists(REQUESTS, min_size=1, max_size=6),
)
@examples(100)  # the grammar of requests is large, and an example takes 10 ms
def test_no_request_breaks_the_registry(profile: Profile, auth: Auth, requests: list[Sent]) -> None:
    registry = registry_with(profile, auth)

    for one in requests:
        method, path = one.target
        found = send(registry, method, f"?{one.query}", one.stream, one.headers, raw_path=path, length=one.length)
        assert_readable(found, method)

    assert [exchange.number for exchange in registry.requests] == list(range(len(requests)))
    assert_still_serves(registry)


def assert_still_serves(registry: FakeRegistry) -> None:
    """Pull KEPT as a client does that has just come."""
    headers = {"Accept": OCI_MANIFEST}
    if registry.settings.auth != "off":
        headers |= bearer(token_for(registry, log_in(registry), f"repository:{KEPT}:pull"))
    found = send(registry, "GET", f"/v2/{KEPT}/manifests/v1", headers=headers)
    assert (found.status, found.body) == (200, IMAGE)
    for content, digest in ((LAYER, LAYER_DIGEST), (CONFIG, json.loads(IMAGE)["config"]["digest"])):
        blob = send(registry, "GET", f"/v2/{KEPT}/blobs/{digest}", headers=headers)
        if blob.status == 307:
            host, _, target = blob.header("Location").removeprefix("https://").partition("/")
            blob = send(registry, "GET", f"/{target}", host=host)
        assert (blob.status, blob.body) == (200, content)


def test_fuzz_also_sends_requests_that_succeed() -> None:
    """A fuzz that only ever meets the router proves nothing: its own parts make good requests."""
    registry = registry_with("oci", "token")
    parts = seed("oci")
    admin = basic("fake", "pass:word")

    good = [
        ("GET", "/v2/samples/hello/manifests/v1", ""),
        ("PATCH", f"/v2/samples/hello/blobs/uploads/{parts.upload}", f"_state={parts.state}"),
        ("DELETE", f"/v2/samples/hello/manifests/{IMAGE_DIGEST}", ""),
    ]
    assert [send(registry, m, f"?{q}", b"more", admin, raw_path=p).status for m, p, q in good] == [200, 202, 202]
    assert seed("acr").state == parts.state
    assert_still_serves(registry)
