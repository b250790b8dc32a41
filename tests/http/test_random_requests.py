"""Many random requests to the app: no exception, no 5xx, readable refusals, no contradiction in what is held.

In the profile nightly there are 1,000,000 of them; see .ci/nightly.
"""

from fake_registry.settings import Auth, Profile
from tests.support.contradictions import contradictions
from tests.support.effort import repeated, rounds
from tests.support.http import send
from tests.support.products import cross
from tests.support.random_requests import RandomRequests, repeatable
from tests.support.request_parts import assert_readable, assert_still_serves, registry_with, seed

BATCH = 50
"""Requests to one content, before it is checked and put back: random deletes leave little of it."""

BATCHES = rounds(35)
"""For each combination below. By default there are four: 7,000 requests. The other tiers have all six."""


@cross({"profile": ["acr", "oci"], "auth": ["token", "off", "anonymous-pull"]})
@repeated
def test_no_random_request_breaks_the_registry(profile: Profile, auth: Auth) -> None:
    registry = registry_with(profile, auth)
    requests = RandomRequests(0)
    for _ in range(BATCHES):
        registry.reset()
        registry.restore(seed(profile).snapshot)
        for _ in range(BATCH):
            sent = requests.next()
            method, path = sent.target
            try:
                found = send(
                    registry, method, f"?{sent.query}", sent.stream, sent.headers, raw_path=path, length=sent.length
                )
                assert_readable(found, method)
            except BaseException as error:
                error.add_note(repeatable(sent))
                raise

        assert contradictions(registry) == []
        assert [exchange.number for exchange in registry.requests] == list(range(BATCH))
        assert_still_serves(registry)
