"""Refused tokens: of another registry or host, forged, of the wrong kind. acr-behaviour 3.1."""

import base64
import json

import pytest

from fake_registry import FakeRegistry, ManualClock, Settings
from tests.support.http import (
    HOST,
    OCI_MANIFEST,
    START_NS,
    send,
)
from tests.support.logins import bearer, challenge_of, log_in, seeded_with_login, token_for

MANIFEST = "/v2/samples/hello/manifests/v1"
ACCEPT = {"Accept": OCI_MANIFEST}


def test_token_of_another_registry_is_refused() -> None:
    ours = seeded_with_login()
    theirs = FakeRegistry(Settings(name="theirs"), clock=ManualClock(START_NS))
    token = token_for(ours, log_in(ours), "repository:samples/hello:pull")

    found = send(theirs, "GET", MANIFEST, headers=bearer(token), host="theirs.azurecr.io")

    assert (found.status, challenge_of(found)["error"]) == (401, "invalid_token")
    reason = "not this registry's: its audience is fake.azurecr.io"
    assert theirs.requests[-1].failure == f"access token signature: {reason}"


def test_token_is_valid_only_for_the_host_that_issued_it() -> None:
    registry = seeded_with_login()
    token = token_for(registry, log_in(registry), "repository:samples/hello:pull")

    found = send(registry, "GET", MANIFEST, headers=bearer(token), host="localhost:5000")

    assert (found.status, challenge_of(found)["service"]) == (401, "localhost:5000")
    assert registry.requests[-1].failure == f"access token audience: expected localhost:5000, found {HOST}"


def _unsigned_token() -> str:
    payload = {"aud": HOST, "exp": 2**40, "grant_type": "access_token", "access": []}
    head, body = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in ({"alg": "none"}, payload)
    )
    return f"{head}.{body}."


@pytest.mark.parametrize("part", [0, 1, 2])
def test_altered_token_is_refused(part: int) -> None:
    registry = seeded_with_login()
    parts = token_for(registry, log_in(registry), "repository:samples/hello:pull").split(".")
    parts[part] = parts[part][:-1] + ("A" if parts[part][-1] != "A" else "B")

    assert send(registry, "GET", MANIFEST, headers={**ACCEPT, **bearer(".".join(parts))}).status == 401


def test_token_without_a_signature_is_refused() -> None:
    registry = seeded_with_login()

    found = send(registry, "GET", MANIFEST, headers=bearer(_unsigned_token()))

    assert (found.status, challenge_of(found)["error"]) == (401, "invalid_token")
    assert registry.requests[-1].failure == "access token algorithm: expected HS256, found none"


def test_refresh_token_is_refused_on_data_routes() -> None:
    registry = seeded_with_login()

    found = send(registry, "GET", MANIFEST, headers=bearer(log_in(registry)))

    assert (found.status, challenge_of(found)["error"]) == (401, "invalid_token")
