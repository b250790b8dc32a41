"""Every scope of a token at every route: allowed, or refused with the challenge of the route.

The table of needs is acr-behaviour 3.2; that of actions in scope maps is 3.7, that of roles 3.8.
"""

import re
from typing import Final, NamedTuple

from fake_registry import FakeRegistry
from fake_registry.settings import Auth, Profile
from tests.properties.content import (
    BLOBS,
    DIGESTS,
    FIRST,
    INDEX,
    MANIFEST,
    REPOSITORIES,
    Client,
    digest_by,
    pushes_of_all,
)
from tests.support.http import HOST, HttpAnswer, begin, registry_of, send
from tests.support.logins import basic, bearer, log_in, token_for
from tests.support.products import cross

HELLO, OTHER = REPOSITORIES
V2: Final = f"/v2/{HELLO}"
ACR: Final = f"/acr/v1/{HELLO}"
LAYER: Final = digest_by(BLOBS[1])
LOCK: Final = b'{"listEnabled":true}'

Need = tuple[str, str]
"""A resource and an action: `repository:NAME` or `registry:catalog`."""


def here(*actions: str) -> frozenset[Need]:
    """Return needs in the repository of the routes."""
    return frozenset((f"repository:{HELLO}", action) for action in actions)


class GuardedRoute(NamedTuple):
    """A request that succeeds with `needs`, whose challenge names them."""

    method: str
    target: str
    needs: frozenset[Need]
    body: bytes = b""
    in_oci: frozenset[Need] | None = None
    """The needs in profile `oci`, where they differ."""

    def __str__(self) -> str:
        return f"{self.method} {re.sub('sha256:[0-9a-f]+', 'D', self.target)}"

    def needs_in(self, profile: Profile) -> frozenset[Need]:
        return self.needs if profile == "acr" or self.in_oci is None else self.in_oci


PULL: Final = here("pull")
PUSH: Final = here("pull", "push")
DELETE: Final = here("delete")
READ: Final = here("metadata_read")
WRITE: Final = here("metadata_write")
CATALOG: Final = frozenset({("registry:catalog", "*")})
MOUNT: Final = PUSH | {(f"repository:{OTHER}", "pull")}

ROUTES: Final = (
    GuardedRoute("POST", f"{V2}/blobs/uploads/?mount={LAYER}&from={OTHER}", MOUNT),
    GuardedRoute("GET", "/v2/", frozenset()),
    GuardedRoute("GET", "/acr/v1/_catalog", CATALOG),
    GuardedRoute("GET", "/v2/_catalog", CATALOG),
    GuardedRoute("GET", ACR, READ),
    GuardedRoute("GET", f"{ACR}/_tags", READ),
    GuardedRoute("GET", f"{ACR}/_tags/v1", READ),
    GuardedRoute("GET", f"{ACR}/_manifests", READ),
    GuardedRoute("GET", f"{ACR}/_manifests/{DIGESTS[0]}", READ),
    GuardedRoute("PATCH", ACR, WRITE, LOCK),
    GuardedRoute("PATCH", f"{ACR}/_tags/v1", WRITE, LOCK),
    GuardedRoute("PATCH", f"{ACR}/_manifests/{DIGESTS[0]}", WRITE, LOCK),
    GuardedRoute("DELETE", ACR, DELETE),
    GuardedRoute("DELETE", f"{ACR}/_tags/v1", DELETE),
    GuardedRoute("DELETE", f"{V2}/manifests/{DIGESTS[0]}", DELETE),
    GuardedRoute("DELETE", f"{V2}/blobs/{LAYER}", DELETE),
    GuardedRoute("DELETE", "upload", DELETE),
    GuardedRoute("GET", f"{V2}/manifests/v1", PULL),
    GuardedRoute("HEAD", f"{V2}/manifests/{DIGESTS[0]}", PULL),
    GuardedRoute("GET", f"{V2}/blobs/{LAYER}", PULL),
    GuardedRoute("HEAD", f"{V2}/blobs/{LAYER}", PULL),
    GuardedRoute("GET", f"{V2}/referrers/{DIGESTS[0]}", PULL),
    GuardedRoute("GET", f"{V2}/tags/list", READ, in_oci=PULL),
    GuardedRoute("POST", f"{V2}/blobs/uploads/", PUSH),
    GuardedRoute("POST", f"{V2}/blobs/uploads/?digest={digest_by(b'new')}", PUSH, b"new"),
    GuardedRoute("PATCH", "upload", PUSH, b"chunk"),
    GuardedRoute("PUT", f"upload&digest={digest_by(b'chunk')}", PUSH, b"chunk"),
    GuardedRoute("GET", "upload", PUSH),
    GuardedRoute("PUT", f"{V2}/manifests/new", PUSH, FIRST),
)

BY_NAME: Final = {str(route): route for route in ROUTES}

SCOPES: Final = (
    f"repository:{HELLO}:pull",
    f"repository:{HELLO}:push",
    f"repository:{HELLO}:pull,push",
    f"repository:{HELLO}:delete",
    f"repository:{HELLO}:metadata_read",
    f"repository:{HELLO}:metadata_write",
    f"repository:{HELLO}:pull,push,delete,metadata_read,metadata_write",
    f"repository:{OTHER}:pull,push,delete,metadata_read,metadata_write",
    f"repository:{HELLO}/more:pull,push,delete,metadata_read,metadata_write",
    "repository:samples:pull,push,delete,metadata_read,metadata_write",
    f"repository:{HELLO}:pull,push repository:{OTHER}:pull",
    f"repository:{OTHER}:pull,push repository:{HELLO}:pull",
    "registry:catalog:*",
    f"repository:{HELLO}:unheard_of",
    "repository:catalog:*",
)


def needs_of(scope: str) -> frozenset[Need]:
    """Return what a token of this scope permits: its words, taken literally."""
    entries = [word.rpartition(":") for word in scope.split()]
    permitted = {resource: actions.split(",") for resource, _, actions in entries}
    return frozenset((resource, one) for resource, actions in permitted.items() for one in actions)


class Guarded(NamedTuple):
    """A registry that requires a login and has everything, and an upload in it."""

    registry: FakeRegistry
    upload: str

    def send(self, route: GuardedRoute, headers: dict[str, str]) -> HttpAnswer:
        target = route.target
        if target.startswith("upload"):
            target = self.upload + target.removeprefix("upload")
        types = {"Accept": f"{MANIFEST}, {INDEX}", "Content-Type": MANIFEST}
        return send(self.registry, route.method, target, route.body, types | headers)


def guarded(profile: Profile, auth: Auth = "token") -> Guarded:
    """Return a registry with an admin user, whose content was pushed before it was guarded."""
    client = Client(registry_of(profile))
    for repository in REPOSITORIES:
        client.send_all(pushes_of_all(repository))
    registry = registry_of(profile, auth=auth, admin_user="fake", admin_password="pass:word")
    upload = begin(client.registry, HELLO)
    registry.restore(client.registry.snapshot())
    return Guarded(registry, upload)


def check_answer(found: HttpAnswer, route: GuardedRoute, profile: Profile, *, allowed: bool) -> None:
    """Check that a call succeeded, or was refused with the challenge that names its needs."""
    if allowed:
        assert found.status in (200, 201, 202, 204, 307), found
        return

    challenge = found.header("WWW-Authenticate")
    scope = re.search('scope="([^"]*)"', challenge)
    assert (found.status, scope and needs_of(scope[1])) == (401, route.needs_in(profile))
    assert challenge.startswith(f'Bearer realm="https://{HOST}/oauth2/token",service="{HOST}",')
    assert route.method == "HEAD" or found.json["errors"][0]["code"] == "UNAUTHORIZED"


@cross({"route": BY_NAME, "profile": ["acr", "oci"]})
def test_token_permits_exactly_its_scope(route: GuardedRoute, profile: Profile) -> None:
    """Every scope, in one test: a registry is made once, and restored for each."""
    guarded_registry = guarded(profile)
    registry = guarded_registry.registry
    login, snapshot = log_in(registry), registry.snapshot()

    for scope in SCOPES:
        registry.restore(snapshot)
        token = token_for(registry, login, *scope.split())

        found = guarded_registry.send(route, bearer(token))

        allowed = route.needs_in(profile) <= needs_of(scope)
        check_answer(found, route, profile, allowed=allowed)
        assert allowed or 'error="insufficient_scope"' in found.header("WWW-Authenticate"), scope


ACTIONS: Final = {
    "content/read": "pull",
    "content/write": "push",
    "content/delete": "delete",
    "metadata/read": "metadata_read",
    "metadata/write": "metadata_write",
}
"""The action in a token of each action in a scope map (acr-behaviour 3.7)."""

SCOPE_MAPS: Final[tuple[dict[str, list[str]], ...]] = (
    *({HELLO: [action]} for action in ACTIONS),
    {HELLO: ["content/read", "content/write"]},
    {HELLO: ["content/read", "content/write"], OTHER: ["content/read"]},
    {OTHER: ["content/read", "content/write", "metadata/read"]},
    {"samples/*": ["content/read", "metadata/read"]},
    {"samples/hello/*": ["content/read", "metadata/read"]},
    {"nowhere/*": ["content/read", "metadata/read"]},
)

ANONYMOUS: Final = {
    *((f"repository:{name}", "pull") for name in REPOSITORIES),
    *((f"repository:{name}", "metadata_read") for name in REPOSITORIES),
    ("registry:catalog", "*"),
}
"""Callers without a login read content, lists and the catalogue (acr-behaviour 3.2, 15.3)."""


def send_as_client(guarded_registry: Guarded, route: GuardedRoute, user: str | None) -> HttpAnswer:
    """Send a request; if a Bearer challenge is the answer, fetch the token it names, and repeat it.

    So do docker, crane and skopeo (acr-behaviour 3.4).
    """
    first = guarded_registry.send(route, {})
    assert first.status == 401
    scope = re.search('scope="([^"]*)"', first.header("WWW-Authenticate"))

    scopes = "".join(f"&scope={one}" for one in scope[1].split()) if scope else ""
    headers = {} if user is None else basic(user, "secret")
    target = f"/oauth2/token?service={HOST}{scopes}"
    token = send(guarded_registry.registry, "GET", target, headers=headers)
    assert token.status == 200
    return guarded_registry.send(route, bearer(token.json["access_token"]))


def needs_met_by(scope_map: dict[str, list[str]]) -> set[Need]:
    """Return what a scope map permits in the repositories of the routes."""
    names = {"samples/*": HELLO}
    return {
        (f"repository:{names.get(name, name)}", ACTIONS[action])
        for name, actions in scope_map.items()
        for action in actions
    }


@cross({"route": BY_NAME, "profile": ["acr", "oci"]})
def test_repository_token_permits_its_scope_map(route: GuardedRoute, profile: Profile) -> None:
    """Every scope map, in one test."""
    guarded_registry = guarded(profile)
    snapshot = guarded_registry.registry.snapshot()

    for scope_map in SCOPE_MAPS:
        guarded_registry.registry.restore(snapshot)
        guarded_registry.registry.add_token("ci", scope_map, password="secret")

        found = send_as_client(guarded_registry, route, "ci")

        allowed = route.needs_in(profile) <= needs_met_by(scope_map)
        check_answer(found, route, profile, allowed=allowed)


@cross({"route": BY_NAME, "profile": ["acr", "oci"]})
def test_anonymous_caller_may_read(route: GuardedRoute, profile: Profile) -> None:
    guarded_registry = guarded(profile, auth="anonymous-pull")

    found = send_as_client(guarded_registry, route, None)

    check_answer(found, route, profile, allowed=route.needs_in(profile) <= ANONYMOUS)


@cross({"route": BY_NAME, "profile": ["acr", "oci"]})
def test_admin_user_may_do_everything(route: GuardedRoute, profile: Profile) -> None:
    """acr-behaviour 3.5: with Basic on data routes, and no token."""
    found = guarded(profile).send(route, basic("fake", "pass:word"))

    check_answer(found, route, profile, allowed=True)


@cross({"route": BY_NAME, "profile": ["acr", "oci"]})
def test_caller_without_a_token_is_refused(route: GuardedRoute, profile: Profile) -> None:
    found = guarded(profile).send(route, {})

    if route.needs:
        check_answer(found, route, profile, allowed=False)
    assert found.status == 401
    assert "error=" not in found.header("WWW-Authenticate")
