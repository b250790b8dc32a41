"""Random requests: no exception, no 5xx, readable refusals, and other content is unchanged.

Paths, queries, headers and bodies are mixed from parts of real clients' requests and from junk, so
that many of them pass the router and the login and reach the handlers.
"""

from hypothesis import given
from hypothesis import strategies as st

from fake_registry.settings import Auth, Profile
from tests.http.fuzz import REQUESTS
from tests.support.effort import examples
from tests.support.http import (
    IMAGE_DIGEST,
    send,
)
from tests.support.logins import basic
from tests.support.request_parts import Sent, assert_readable, assert_still_serves, registry_with, seed


@given(
    profile=st.sampled_from(["acr", "oci"]),
    auth=st.sampled_from(["off", "off", "token", "anonymous-pull"]),
    requests=st.lists(REQUESTS, min_size=1, max_size=6),
)
@examples(50)  # the grammar of requests is large, and an example takes 10 ms
def test_no_request_breaks_the_registry(profile: Profile, auth: Auth, requests: list[Sent]) -> None:
    registry = registry_with(profile, auth)

    for one in requests:
        method, path = one.target
        found = send(registry, method, f"?{one.query}", one.stream, one.headers, raw_path=path, length=one.length)
        assert_readable(found, method)

    assert [exchange.number for exchange in registry.requests] == list(range(len(requests)))
    assert_still_serves(registry)


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
