"""Planted bugs in scopes: prefixes, wildcards and the catalogue."""

from typing import Final

from fake_registry import FakeRegistry
from tests.support.http import LAYER
from tests.support.planted.bug import PlantedBug
from tests.support.planted.editing import edit
from tests.support.planted.steps import A, B, blob_target, status_of
from tests.support.planted.tokens import WITH_TOKENS, add_tokens, header_of

TAGS_OF_A: Final = f"/v2/{A}/tags/list"


def list_tags_of(registry: FakeRegistry, repository: str) -> object:
    """List the tags of a repository with a token for all below samples/; 401 without permission."""
    add_tokens(registry)
    headers = header_of(registry, "prefixed", f"repository:{repository}:pull")
    return status_of(registry, "GET", f"/v2/{repository}/tags/list", headers=headers)


def push_with_a_token_for_pull(registry: FakeRegistry) -> object:
    add_tokens(registry)
    headers = header_of(registry, "puller", f"repository:{A}:pull,push")
    return status_of(registry, "POST", f"/v2/{A}/blobs/uploads/", b"", headers)


def catalogue_with(registry: FakeRegistry, user: str, scope: str) -> int:
    """List the catalogue as a user, with a token for a scope."""
    add_tokens(registry)
    return status_of(registry, "GET", "/v2/_catalog", headers=header_of(registry, user, scope))


def delete_with_a_token_for_pull(registry: FakeRegistry) -> object:
    """Request a token for pull alone as a user who may do everything, and delete with it."""
    headers = header_of(registry, "admin", f"repository:{A}:pull")
    return status_of(registry, "DELETE", blob_target(LAYER), headers=headers)


def use_a_token_for_another_repository(registry: FakeRegistry) -> object:
    add_tokens(registry)
    headers = header_of(registry, "pusher", f"repository:{B}:pull")
    return status_of(registry, "GET", TAGS_OF_A, headers=headers)


SCOPES: Final = (
    PlantedBug(
        name="prefix-includes-names-that-begin-with-its-last-part",
        kind="scopes: prefix",
        part="authorization machine",
        plant=edit(
            "auth.scopes:Scope.covers", "other.name.startswith(self.name[:-1])", "other.name.startswith(self.name[:-2])"
        ),
        witness=lambda registry: (list_tags_of(registry, A), list_tags_of(registry, "samples2/a")),
        right=(404, 401),
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="prefix-includes-one-level-alone",
        kind="scopes: prefix",
        part="authorization machine",
        plant=edit(
            "auth.scopes:Scope.covers",
            'return self.name.endswith("/*") and',
            'return self.name.endswith("/*") and "/" not in other.name[len(self.name) - 1 :] and',
        ),
        witness=lambda registry: (list_tags_of(registry, A), list_tags_of(registry, f"{A}/b")),
        right=(404, 404),
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="one-of-the-needed-actions-is-enough",
        kind="scopes: wildcard",
        part="authorization machine",
        plant=edit("auth.scopes:grants", "set(scope.actions) <= set(", "set(scope.actions) & set("),
        witness=push_with_a_token_for_pull,
        right=401,
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="wildcard-of-repositories-includes-the-catalogue",
        kind="scopes: wildcard",
        part="authorization machine",
        plant=edit(
            "auth.scopes:Scope.covers",
            "if self.type != other.type:",
            'if self.name != "*" and self.type != other.type:',
        ),
        witness=lambda registry: catalogue_with(registry, "admin", "repository:*:*"),
        right=401,
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="token-has-all-that-the-user-holds",
        kind="scopes: wildcard",
        part="authorization machine",
        plant=edit(
            "auth.token_service:TokenService._mint_for",
            "narrow(caller.held, requested)",
            "covering(caller.held, requested)",
        ),
        witness=delete_with_a_token_for_pull,
        right=401,
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="token-for-one-repository-opens-another",
        kind="scopes: prefix",
        part="authorization machine",
        plant=edit(
            "auth.scopes:Scope.covers",
            'in ("*", other.name)',
            'in ("*", other.name) or len(self.name) == len(other.name)',
        ),
        witness=use_a_token_for_another_repository,
        right=401,
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="catalogue-is-open-to-every-token",
        kind="scopes: catalogue",
        part="authorization machine",
        plant=edit(
            "http.scopes:scopes_of",
            'return (Scope("registry", "catalog", needs),)',
            "return ()",
        ),
        witness=lambda registry: catalogue_with(registry, "puller", f"repository:{A}:pull"),
        right=401,
        settings=WITH_TOKENS,
    ),
    PlantedBug(
        name="scope-map-of-one-repository-includes-the-catalogue",
        kind="scopes: catalogue",
        part="authorization machine",
        plant=edit(
            "auth.scope_maps:scopes_of_map",
            'scope.name == "*" and scope.actions',
            "scope.actions",
        ),
        witness=lambda registry: catalogue_with(registry, "puller", "registry:catalog:*"),
        right=401,
        settings=WITH_TOKENS,
    ),
)
