"""Every route works at the latest time of a clock: dates on the wire have years of four digits."""

import pytest

from fake_registry import FakeEntra, FakeRegistry, ManualClock, Settings
from fake_registry.clock import LATEST_NS
from fake_registry.settings import Auth, Profile
from fake_registry.spec.endpoints import ENDPOINTS, Endpoint
from tests.support.http import (
    HOST,
    LAYER,
    LAYER_DIGEST,
    example_path_of,
    follow,
    put_image,
    send,
)
from tests.support.logins import bearer, post_form, token_for


def registry_at_the_end(profile: Profile = "acr", auth: Auth = "off") -> FakeRegistry:
    settings = Settings(profile=profile, auth=auth)
    return FakeRegistry(settings, clock=ManualClock(LATEST_NS))


@pytest.mark.parametrize("profile", ["acr", "oci"])
@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda endpoint: f"{endpoint.method} {endpoint.path}")
def test_every_route_is_answered(profile: Profile, endpoint: Endpoint) -> None:
    registry = registry_at_the_end(profile)
    put_image(registry, "samples/hello", "v1")

    found = send(registry, endpoint.method, example_path_of(endpoint.path), b"")

    assert found.status < 500
    assert [exchange.endpoint for exchange in registry.requests][-1] == endpoint.name


def test_signed_url_is_valid() -> None:
    registry = registry_at_the_end()
    put_image(registry, "samples/hello", "v1")

    redirect = send(registry, "GET", f"/v2/samples/hello/blobs/{LAYER_DIGEST}")
    stored = follow(registry, redirect)

    assert (redirect.status, stored.status, stored.body) == (307, 200, LAYER)
    assert "se=9999-01-01T00%3A20%3A00" in redirect.header("Location")
    assert stored.header("Last-Modified") == "Fri, 01 Jan 9999 00:00:00 GMT"


def test_properties_have_times() -> None:
    registry = registry_at_the_end()
    put_image(registry, "samples/hello", "v1")

    for path in ("", "/_tags", "/_tags/v1", "/_manifests"):
        found = send(registry, "GET", f"/acr/v1/samples/hello{path}")
        assert (found.status, b'"createdTime":"9999-01-01T00:00:00' in found.body) == (200, True)


def test_tokens_and_uploads_are_valid() -> None:
    entra = FakeEntra(clock=ManualClock(LATEST_NS))
    app = entra.add_service_principal("app", certificate=True)
    registry = registry_at_the_end(auth="token")
    registry.trust(entra)

    entra_token = entra.token(app, "https://containerregistry.azure.net")
    exchanged = post_form(
        registry,
        "/oauth2/exchange",
        grant_type="access_token",
        service=HOST,
        access_token=entra_token,
    )
    token = token_for(registry, exchanged.json["refresh_token"], "repository:a:pull,push")
    started = send(registry, "POST", "/v2/a/blobs/uploads/", headers=bearer(token))
    sent = send(registry, "PATCH", started.header("Location"), b"four", bearer(token))

    assert (exchanged.status, started.status, sent.status) == (200, 202, 202)
