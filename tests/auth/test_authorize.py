"""Authorization at data routes, and the facts of an Unauthorized."""

from collections.abc import Mapping

import pytest

from fake_registry.auth.authority import Authority, Grant
from fake_registry.auth.roles import EVERYTHING
from fake_registry.auth.scope_maps import RepositoryToken
from fake_registry.auth.scopes import Scope
from fake_registry.auth.token_service import TokenRequest
from fake_registry.clock import SECOND_NS
from fake_registry.settings import TOKEN_USER, Auth
from fake_registry.spec.errors import Unauthorized
from tests.auth.builders import ADMIN_PASSWORD, HOST, KEY, NOW, authority, basic, exchange

PULL = (Scope("repository", "hello-world", ("pull",)),)
PUSH = (Scope("repository", "hello-world", ("pull", "push")),)
MOUNT = (*PUSH, Scope("repository", "alpine", ("pull",)))
CATALOG = (Scope("registry", "catalog", ("*",)),)


def bearer(door: Authority, *scopes: str) -> str:
    request = TokenRequest(
        service=HOST, scopes=scopes, grant_type="refresh_token", refresh_token=exchange(door, upn="alice")
    )
    return f"Bearer {door.token_service.token(request, service=HOST, now=NOW)}"


def authorize(door: Authority, authorization: str | None, needed: tuple[Scope, ...], now: int = NOW) -> Grant:
    return door.authorize(authorization, needed, service=HOST, now=now)


def refusal(
    door: Authority, authorization: str | None, needed: tuple[Scope, ...] = PULL, now: int = NOW
) -> Mapping[str, object]:
    with pytest.raises(Unauthorized) as refused:
        authorize(door, authorization, needed, now)
    return refused.value.facts


def test_token_with_the_scope_is_authorized() -> None:
    door = authority()
    token = bearer(door, "repository:hello-world:pull,push")
    assert authorize(door, token, PUSH) == Grant("alice", "bearer", PUSH)


def test_any_token_is_authorized_without_needed_scopes() -> None:
    door = authority()
    assert authorize(door, bearer(door), ()) == Grant("alice", "bearer", ())


def test_scheme_has_no_case() -> None:
    door = authority()
    token = bearer(door, "repository:hello-world:pull").replace("Bearer", "bearer ")
    assert authorize(door, token, PULL) == Grant("alice", "bearer", PULL)


@pytest.mark.parametrize("authorization", [None, "", "  "])
@pytest.mark.parametrize("auth", ["token", "anonymous-pull"])
def test_refusal_without_credentials_has_the_needed_scopes(auth: Auth, authorization: str | None) -> None:
    assert refusal(authority(auth), authorization, MOUNT) == {
        "access": (
            ("repository", "hello-world", "pull"),
            ("repository", "hello-world", "push"),
            ("repository", "alpine", "pull"),
        ),
        "scopes": "repository:hello-world:pull,push repository:alpine:pull",
        "challenge": "bearer",
        "error": None,
        "failure": "no credentials",
    }


def test_root_needs_a_login_and_no_scope() -> None:
    assert refusal(authority(), None, ()) == {
        "access": (),
        "scopes": "",
        "challenge": "bearer",
        "error": None,
        "failure": "no credentials",
    }


@pytest.mark.parametrize(
    ("scope", "failure"),
    [
        ("repository:hello-world:pull", "the token is good for repository:hello-world:pull"),
        ("repository:other:pull,push", "the token is good for repository:other:pull,push"),
        ("registry:catalog:*", "the token is good for registry:catalog:*"),
        ("nonsense", "the token is good for nothing"),
    ],
)
def test_token_without_the_scope_is_refused_as_insufficient(scope: str, failure: str) -> None:
    door = authority()
    assert refusal(door, bearer(door, scope), PUSH) == {
        "access": (("repository", "hello-world", "pull"), ("repository", "hello-world", "push")),
        "scopes": "repository:hello-world:pull,push",
        "challenge": "bearer",
        "error": "insufficient_scope",
        "failure": failure,
        "principal": "alice",
    }


def test_scope_that_was_requested_twice_is_named_once() -> None:
    door = authority()
    token = bearer(door, "repository:other:pull", "repository:other:pull")
    assert refusal(door, token, PUSH)["failure"] == "the token is good for repository:other:pull"


def test_missing_role_shows_when_the_token_is_used() -> None:
    door = authority()
    door.permissions.grant("alice", "AcrPull")
    token = bearer(door, "repository:hello-world:pull,push", "registry:catalog:*")
    assert authorize(door, token, PULL) == Grant("alice", "bearer", PULL + CATALOG)
    assert authorize(door, token, CATALOG) == Grant("alice", "bearer", PULL + CATALOG)
    assert refusal(door, token, PUSH)["error"] == "insufficient_scope"


def test_wildcard_token_is_good_for_every_repository_and_not_the_catalogue() -> None:
    door = authority()
    token = bearer(door, "repository:*:*")
    assert authorize(door, token, MOUNT) == Grant("alice", "bearer", (Scope("repository", "*", ("*",)),))
    assert refusal(door, token, CATALOG)["error"] == "insufficient_scope"


def test_anonymous_token_reads_and_no_more() -> None:
    door = authority("anonymous-pull")
    scopes = ("repository:hello-world:pull,push,metadata_read", "registry:catalog:*")
    request = TokenRequest(service=HOST, scopes=scopes, grant_type="password")
    token = f"Bearer {door.token_service.token(request, service=HOST, now=NOW)}"
    held = (Scope("repository", "*", ("pull", "metadata_read")), *CATALOG)
    for needed in (PULL, (Scope("repository", "hello-world", ("metadata_read",)),), CATALOG, ()):
        assert authorize(door, token, needed) == Grant("", "anonymous", held)
    assert refusal(door, token, PUSH)["error"] == "insufficient_scope"


def test_bad_token_is_invalid_with_its_reason() -> None:
    door = authority()
    token = bearer(door, "repository:hello-world:pull")
    foreign = bearer(authority(key=KEY[::-1]), "repository:hello-world:pull")
    late = NOW + 4_500 * SECOND_NS
    refusals = [
        refusal(door, "Bearer junk"),
        refusal(door, "Bearer"),
        refusal(door, foreign),
        refusal(door, f"Bearer {exchange(door)}"),
        refusal(door, token, now=late),
    ]
    assert [facts["failure"] for facts in refusals] == [
        "access token malformed: expected a signed JWT",
        "access token malformed: expected a signed JWT",
        "access token signature: not this registry's",
        "access token wrong kind: expected an access token, found a refresh token",
        "access token expired: 0 s ago",
    ]
    assert {(facts["error"], facts["challenge"], facts["scopes"]) for facts in refusals} == {
        ("invalid_token", "bearer", "repository:hello-world:pull")
    }


def test_token_for_another_host_is_invalid() -> None:
    door = authority()
    with pytest.raises(Unauthorized, match="audience: expected other, found fake"):
        door.authorize(bearer(door, "repository:hello-world:pull"), PULL, service="other", now=NOW)


def test_same_token_expires_between_two_uses() -> None:
    door = authority()
    token = bearer(door, "repository:hello-world:pull")
    assert authorize(door, token, PULL, NOW + 4_499 * SECOND_NS) == Grant("alice", "bearer", PULL)
    assert refusal(door, token, PULL, NOW + 4_500 * SECOND_NS)["error"] == "invalid_token"


def test_admin_user_is_authorized_with_basic() -> None:
    door = authority(admin=True)
    for needed in (MOUNT, CATALOG, ()):
        assert authorize(door, basic("fake", ADMIN_PASSWORD), needed) == Grant("fake", "basic", EVERYTHING)


@pytest.mark.parametrize(
    ("authorization", "failure"),
    [
        (basic("fake", "wrong"), "wrong user name or password"),
        (basic(TOKEN_USER, "token"), "wrong user name or password"),
        ("Basic bm9jb2xvbg==", "authorization: expected base64 of user:password"),
        (basic("fake", ADMIN_PASSWORD) + "!", "authorization: expected base64 of user:password"),
        ("Basic !", "authorization: expected base64 of user:password"),
        ("Basic", "authorization: expected base64 of user:password"),
    ],
)
@pytest.mark.parametrize("admin", [True, False])
def test_wrong_password_is_answered_with_a_basic_challenge(authorization: str, failure: str, *, admin: bool) -> None:
    assert refusal(authority(admin=admin), authorization) == {
        "access": (("repository", "hello-world", "pull"),),
        "scopes": "repository:hello-world:pull",
        "challenge": "basic",
        "error": None,
        "failure": failure,
    }


def test_repository_scoped_token_is_sent_to_the_login() -> None:
    door = authority()
    door.permissions.add_token(RepositoryToken(name="ci", passwords=("secret",), scopes=PULL))

    refused, wrong = (refusal(door, basic("ci", password)) for password in ("secret", "other"))
    assert str(refused["failure"]).startswith("the password of a repository-scoped token is for the login at")
    assert wrong["failure"] == "wrong user name or password"
    assert {**refused, "failure": None} == {**wrong, "failure": None}


def test_token_without_its_scheme_is_refused_and_not_repeated() -> None:
    door = authority()
    token = bearer(door).removeprefix("Bearer ")
    facts = refusal(door, token)
    assert facts["failure"] == "authorization: expected Bearer or Basic"
    assert token not in str(facts)


@pytest.mark.parametrize("authorization", [None, "Bearer junk", "Basic junk", "junk"])
def test_any_caller_is_authorized_with_auth_off(authorization: str | None) -> None:
    assert authorize(authority("off"), authorization, MOUNT) == Grant("", "off", EVERYTHING)
