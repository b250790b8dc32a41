"""Repository-scoped tokens over HTTP: acr-behaviour 3.4, 3.5 and 3.7."""

from collections.abc import Callable

import pytest

from fake_registry import FakeRegistry
from fake_registry.auth.scope_maps import ScopeMap
from tests.support.http import HOST, IMAGE, OCI_MANIFEST, HttpAnswer, everything, send
from tests.support.logins import (
    REFUSED_BASIC,
    basic,
    bearer,
    challenge_of,
    claims_of,
    entry_of,
    post_form,
    seeded_with_login,
    without_ids,
)

PULL = "repository:samples/hello:pull"
LIST = "repository:samples/hello:metadata_read"
PUSH = "repository:samples/hello:pull,push"


@pytest.fixture
def registry() -> FakeRegistry:
    return seeded_with_login()


def fetch(registry: FakeRegistry, scope: str, *, user: str = "ci", password: str = "secret") -> HttpAnswer:
    """GET /oauth2/token, as docker, crane and skopeo do."""
    return send(registry, "GET", f"/oauth2/token?service={HOST}&scope={scope}", headers=basic(user, password))


def post(registry: FakeRegistry, scope: str) -> HttpAnswer:
    """POST /oauth2/token, as azure-cli does."""
    return post_form(
        registry,
        "/oauth2/token",
        grant_type="password",
        service=HOST,
        username="ci",
        password="secret",
        scope=scope,
    )


def use(registry: FakeRegistry, scope: str, method: str, target: str, body: bytes = b"") -> int:
    token = fetch(registry, scope).json["access_token"]
    headers = {**bearer(token), "Accept": OCI_MANIFEST, "Content-Type": OCI_MANIFEST}
    return send(registry, method, target, body, headers).status


@pytest.mark.parametrize("ask", [fetch, post])
def test_token_has_the_permissions_of_its_scope_map(
    registry: FakeRegistry, ask: Callable[[FakeRegistry, str], HttpAnswer]
) -> None:
    registry.add_token("ci", {"samples/*": ["content/read"]}, password="secret")

    found = ask(registry, "repository:samples/hello:pull,push")

    claims = claims_of(found.json["access_token"])
    assert claims["access"] == [entry_of("repository", "samples/hello", "pull")]
    assert (claims["sub"], claims["appid"]) == ("ci", "")


def test_reading_content_does_not_include_listing_tags(registry: FakeRegistry) -> None:
    """Azure/acr#600: tags/list requires metadata_read."""
    registry.add_token("ci", "_repositories_pull", password="secret")

    assert use(registry, PULL, "GET", "/v2/samples/hello/manifests/v1") == 200
    assert use(registry, LIST, "GET", "/v2/samples/hello/tags/list") == 401

    registry.add_token("ci", "_repositories_pull_metadata_read", password="secret")
    assert use(registry, LIST, "GET", "/v2/samples/hello/tags/list") == 200


def test_map_may_name_a_repository_that_does_not_exist_yet(registry: FakeRegistry) -> None:
    registry.add_token("ci", {"new": ["content/read", "content/write"]}, password="secret")

    assert use(registry, "repository:new:pull,push", "POST", "/v2/new/blobs/uploads/") == 202
    assert use(registry, PUSH, "PUT", "/v2/samples/hello/manifests/v2", IMAGE) == 401


@pytest.mark.parametrize("target", ["/v2/_catalog", "/acr/v1/_catalog"])
@pytest.mark.parametrize(
    ("scope_map", "status"),
    [
        ("_repositories_admin", 200),
        ("_repositories_pull", 200),
        ({"*": ["content/read"]}, 200),
        ({"samples/*": ["content/read", "metadata/read"]}, 401),
        ({"samples/hello": ["metadata/read"], "other": ["metadata/read"]}, 401),
    ],
)
def test_catalog_requires_a_scope_map_of_all_repositories(
    registry: FakeRegistry,
    scope_map: ScopeMap,
    target: str,
    status: int,
) -> None:
    """Azure/acr#675 and #751."""
    registry.add_token("ci", scope_map, password="secret")

    assert use(registry, "registry:catalog:*", "GET", target) == status


def test_wildcard_scope_grants_nothing_to_a_limited_scope_map(registry: FakeRegistry) -> None:
    """acr-behaviour 3.4: as ABAC registries do for `repository:*:*` (acr-cli)."""
    registry.add_token("some", {"samples/*": ["content/read"]}, password="secret")
    registry.add_token("all", "_repositories_admin", password="secret")

    access = [
        claims_of(fetch(registry, "repository:*:*", user=user).json["access_token"])["access"]
        for user in ("some", "all")
    ]

    assert access[0] == []
    assert access[1][0]["Name"] == "*"


def test_data_routes_refuse_the_password_of_a_token(registry: FakeRegistry) -> None:
    """Azure/acr#466, seen in 2020: Basic on a data route is the admin user's; the answer is a Basic
    challenge."""
    registry.add_token("ci", "_repositories_admin", password="secret")

    found = send(registry, "GET", "/v2/samples/hello/tags/list", headers=basic("ci", "secret"))

    assert found.status == 401
    assert challenge_of(found) == {"realm": "Azure Container Registry"}


@pytest.mark.parametrize(("user", "password"), [("ci", "wrong"), ("ci", ""), ("nobody", "secret")])
def test_wrong_password_is_refused(registry: FakeRegistry, user: str, password: str) -> None:
    registry.add_token("ci", "_repositories_pull", password="secret")

    found = fetch(registry, PULL, user=user, password=password)

    assert without_ids(found) == REFUSED_BASIC


def test_both_generated_passwords_work_until_the_token_is_removed(registry: FakeRegistry) -> None:
    """ACR gives a token two, so that one can be changed while the other is in use."""
    made = registry.add_token("ci", "_repositories_pull")
    first, second = made.passwords

    assert [fetch(registry, PULL, password=one).status for one in (first, second, "secret")] == [200, 200, 401]
    assert first != second

    registry.remove_token("ci")
    assert fetch(registry, PULL, password=first).status == 401


def test_all_tokens_are_removed(registry: FakeRegistry) -> None:
    for name in ("ci", "cd"):
        registry.add_token(name, "_repositories_pull", password="secret")
    registry.remove_tokens()

    assert (registry.token_count, fetch(registry, PULL).status) == (0, 401)


def test_tokens_are_restored_by_a_snapshot_and_removed_by_reset(registry: FakeRegistry) -> None:
    registry.add_token("ci", "_repositories_pull", password="secret")
    taken = registry.snapshot()
    registry.remove_token("ci")
    registry.restore(taken)
    restored = fetch(registry, PULL).status
    registry.reset()

    assert (restored, fetch(registry, PULL).status) == (200, 401)


def test_invalid_token_changes_nothing(registry: FakeRegistry) -> None:
    registry.add_token("ci", "_repositories_pull", password="secret")
    before = everything(registry)

    with pytest.raises(ValueError, match=r"^name: expected a name that the admin user and logins by token do not use"):
        registry.add_token("fake", "_repositories_pull")
    with pytest.raises(ValueError, match="action: expected one of"):
        registry.add_token("ci", {"a": ["read"]}, password="other")
    with pytest.raises(ValueError, match="there is no token 'nobody'"):
        registry.remove_token("nobody")

    assert (fetch(registry, PULL).status, everything(registry)) == (200, before)


def test_anonymous_pull_includes_callers_that_log_in() -> None:
    registry = seeded_with_login(auth="anonymous-pull")
    registry.add_token("ci", {"other": ["content/read"]}, password="secret")

    assert use(registry, LIST, "GET", "/v2/samples/hello/tags/list") == 200
