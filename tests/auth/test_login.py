"""/oauth2/token: who gets an access token, for what, and why not."""

from datetime import timedelta

import pytest

from fake_registry.auth.accounts import Accounts
from fake_registry.auth.authority import Authority
from fake_registry.auth.roles import RoleAssignment
from fake_registry.auth.token_service import TokenRequest
from fake_registry.clock import SECOND_NS
from fake_registry.settings import TOKEN_USER, Profile, Settings
from fake_registry.spec.errors import Unauthorized, Unsupported
from tests.auth.builders import ADMIN_PASSWORD, HOST, KEY, NOW, SECOND, authority, basic, claims_of, exchange

HOUR = 3_600 * SECOND_NS
PULL_AND_PUSH = ("repository:hello-world:pull,push",)


def by_post(scopes: tuple[str, ...] = PULL_AND_PUSH, grant_type: str = "refresh_token", **fields: str) -> TokenRequest:
    return TokenRequest(service=HOST, scopes=scopes, grant_type=grant_type, **fields)


def by_get(authorization: str | None, scopes: tuple[str, ...] = PULL_AND_PUSH) -> TokenRequest:
    return TokenRequest(service=HOST, scopes=scopes, authorization=authorization)


def access_of(door: Authority, request: TokenRequest, now: int = NOW) -> tuple[object, list[str]]:
    """Return the subject of the token, and the names and actions of its scopes."""
    claims = claims_of(door.token_service.token(request, service=HOST, now=now))
    assert isinstance(claims["access"], list)
    entries = [f"{entry['Name']}:{','.join(entry['Actions'])}" for entry in claims["access"]]
    return claims["sub"], entries


def token_failure(request: TokenRequest, door: Authority | None = None, now: int = NOW) -> object:
    with pytest.raises(Unauthorized) as refused:
        (door or authority()).token_service.token(request, service=HOST, now=now)
    facts = dict(refused.value.facts)
    failure = facts.pop("failure")
    challenge = None if request.authorization is None else "basic"
    kind = {"kind": "refresh token"} if request.grant_type == "refresh_token" else {}
    common = {"access": (), "scopes": "", "challenge": challenge, "error": None}
    assert facts == common | kind
    return failure


def test_refresh_token_is_good_for_everything_without_roles() -> None:
    door = authority()
    request = by_post(refresh_token=exchange(door, upn="alice"))
    assert access_of(door, request) == ("alice", ["hello-world:pull,push"])


def test_token_has_the_scopes_that_the_roles_allow() -> None:
    door = authority()
    door.permissions.grant("alice", "AcrPull", repository="samples/*")
    scopes = ("repository:samples/hello:pull,push repository:other:pull", "registry:catalog:*", "repository:*:*")
    request = by_post(scopes, refresh_token=exchange(door, upn="alice"))
    assert access_of(door, request) == ("alice", ["samples/hello:pull"])


@pytest.mark.parametrize("acr_push_sets_locks", [True, False])
def test_locks_of_acr_push_follow_the_setting(*, acr_push_sets_locks: bool) -> None:
    settings = Settings(acr_push_sets_locks=acr_push_sets_locks)
    door = Authority(settings, key=KEY, new_id=lambda: "id")
    door.permissions.grant("alice", "AcrPush", repository="samples/*")
    scopes = ("repository:samples/hello:metadata_write", "repository:samples/hello:push")
    request = by_post(scopes, refresh_token=exchange(door, upn="alice"))

    locks = ["samples/hello:metadata_write"] if acr_push_sets_locks else []
    assert access_of(door, request) == ("alice", [*locks, "samples/hello:push"])


def test_token_without_scopes_is_issued() -> None:
    door = authority()
    assert access_of(door, by_post((), refresh_token=exchange(door, upn="alice"))) == ("alice", [])


@pytest.mark.parametrize("scopes", [("",), (" ",), ("", " ")])
@pytest.mark.parametrize("profile", ["acr", "oci"])
def test_empty_scope_is_refused_if_the_setting_says_so(
    profile: Profile,
    scopes: tuple[str, ...],
) -> None:
    """acr-behaviour 3.4: by ACR it is."""
    door = Authority(Settings(profile=profile), key=KEY, new_id=lambda: "id")
    request = by_post(scopes, refresh_token=exchange(door, upn="alice"))

    if profile == "oci":
        assert access_of(door, request) == ("alice", [])
        return
    with pytest.raises(Unsupported, match="scope: expected a scope or no such field"):
        door.token_service.token(request, service=HOST, now=NOW)


def test_empty_scope_beside_another_is_ignored() -> None:
    door = authority()
    request = by_post(("", "repository:a:pull"), refresh_token=exchange(door, upn="alice"))
    assert access_of(door, request) == ("alice", ["a:pull"])


def test_roles_add_up() -> None:
    door = authority()
    door.permissions.grant("alice", "AcrPull")
    door.permissions.grant("alice", "AcrDelete", repository="hello-world")
    request = by_post(("repository:hello-world:*", "repository:other:*"), refresh_token=exchange(door, upn="alice"))
    assert access_of(door, request) == ("alice", ["hello-world:pull,metadata_read,delete", "other:pull,metadata_read"])


def test_older_refresh_token_follows_the_roles() -> None:
    door = authority()
    request = by_post(refresh_token=exchange(door, oid="o", upn="alice"))
    door.permissions.grant("alice", "AcrPull")
    assert access_of(door, request) == ("o", ["hello-world:pull"])
    door.permissions.replace_accounts(Accounts((RoleAssignment("bob", "Owner"),)))
    assert access_of(door, request) == ("o", [])


@pytest.mark.parametrize(
    ("scopes", "access"),
    [
        (("repository:a:delete",), ["*:pull"]),
        (("repository:a/b:pull", "repository:c:push,metadata_read"), ["*:pull"]),
        (("repository:*:*",), ["*:pull"]),
        (("registry:catalog:*",), ["catalog:*"]),
        (("registry:catalog:*", "repository:a:pull"), ["*:pull", "catalog:*"]),
        (("registry:deleted_catalog:*", "artifact-repository:repo:pull", "nonsense"), []),
        ((), []),
    ],
)
def test_anonymous_token_is_for_all_repositories_and_pull(
    scopes: tuple[str, ...],
    access: list[str],
) -> None:
    """acr-behaviour 3.6: whichever repository and action were requested."""
    door = authority("anonymous-pull")

    expected = ("acr_anon_pull", access)
    assert access_of(door, by_post(scopes, "password")) == expected
    assert access_of(door, by_get(None, scopes)) == expected


def test_anonymous_token_is_the_same_with_another_one_as_password() -> None:
    door = authority("anonymous-pull")
    first = door.token_service.token(by_get(None), service=HOST, now=NOW)
    second = door.token_service.token(by_get(basic(TOKEN_USER, first)), service=HOST, now=NOW)

    assert claims_of(second) == claims_of(first)


def test_anonymous_caller_is_refused_without_anonymous_pull() -> None:
    expected = "no credentials, and anonymous pull is off"
    assert token_failure(by_post(grant_type="password")) == expected
    assert token_failure(by_get(None)) == expected


def test_anonymous_caller_may_do_everything_with_auth_off() -> None:
    assert access_of(authority("off"), by_get(None)) == ("acr_anon_pull", ["*:*"])


def test_roles_do_not_matter_with_auth_off() -> None:
    door = authority("off")
    door.permissions.grant("alice", "AcrPull")
    assert access_of(door, by_post(refresh_token=exchange(door, upn="bob"))) == ("bob", ["hello-world:pull,push"])


def test_principals_with_other_roles_may_read_with_anonymous_pull() -> None:
    door = authority("anonymous-pull")
    door.permissions.grant("alice", "AcrDelete")
    request = by_post(("repository:a:pull,push,delete",), refresh_token=exchange(door, upn="alice"))
    assert access_of(door, request) == ("alice", ["a:pull,delete"])


def test_admin_user_may_do_everything_roles_or_not() -> None:
    door = authority(admin=True)
    door.permissions.grant("alice", "AcrPull")
    expected = ("fake", ["hello-world:pull,push"])
    assert access_of(door, by_get(basic("fake", ADMIN_PASSWORD))) == expected
    assert access_of(door, by_post(grant_type="password", username="fake", password=ADMIN_PASSWORD)) == expected


@pytest.mark.parametrize(
    ("user", "password"), [("fake", "pass"), ("Fake", "pass:word"), ("fake", ""), ("", "pass:word")]
)
@pytest.mark.parametrize("admin", [True, False])
def test_wrong_password_is_refused(user: str, password: str, *, admin: bool) -> None:
    door = authority(admin=admin)
    assert token_failure(by_get(basic(user, password)), door) == "wrong user name or password"
    request = by_post(grant_type="password", username=user, password=password)
    assert token_failure(request, door) == "wrong user name or password"


def test_refresh_token_is_a_password() -> None:
    door = authority()
    refresh = exchange(door, upn="alice")
    expected = ("alice", ["hello-world:pull,push"])
    assert access_of(door, by_get(basic(TOKEN_USER, refresh))) == expected
    assert access_of(door, by_post(grant_type="password", username=TOKEN_USER, password=refresh)) == expected


def test_access_token_as_a_password_keeps_its_scopes() -> None:
    door = authority()
    first = door.token_service.token(
        by_post(("repository:a:pull",), refresh_token=exchange(door, upn="alice")), service=HOST, now=NOW
    )
    request = by_get(basic(TOKEN_USER, first), ("repository:a:pull,push", "repository:b:pull"))
    assert access_of(door, request) == ("alice", ["a:pull"])


@pytest.mark.parametrize(
    "authorization", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer x", "", "Basic w6k6/w=="]
)
def test_other_authorization_is_refused(authorization: str) -> None:
    assert token_failure(by_get(authorization)) == "authorization: expected Basic and base64 of user:password"


@pytest.mark.parametrize("grant_type", ["", "client_credentials", "access_token"])
def test_other_grant_type_is_refused(grant_type: str) -> None:
    expected = f"grant_type: expected refresh_token or password, found {grant_type!r}"
    assert token_failure(by_post(grant_type=grant_type)) == expected


@pytest.mark.parametrize("service", ["", "other.azurecr.io"])
def test_other_service_is_refused(service: str) -> None:
    request = TokenRequest(service=service, authorization=None)
    expected = f"service: expected fake.azurecr.io, found {service or 'nothing'}"
    assert token_failure(request, authority("anonymous-pull")) == expected


def test_bad_refresh_token_is_refused_with_its_reason() -> None:
    door = authority()
    refresh = exchange(door, upn="alice")
    access = door.token_service.token(by_post(refresh_token=refresh), service=HOST, now=NOW)
    late = NOW + 11_700 * SECOND_NS
    assert [
        token_failure(by_post(refresh_token=""), door),
        token_failure(by_post(refresh_token=access), door),
        token_failure(by_post(refresh_token=refresh), door, late),
        token_failure(by_get(basic(TOKEN_USER, refresh)), door, late),
    ] == [
        "registry token malformed: expected a signed JWT",
        "registry token wrong kind: expected a refresh token, found an access token",
        "registry token expired: 0 s ago",
        "registry token expired: 0 s ago",
    ]


def test_refresh_token_outlives_the_access_token() -> None:
    door = authority()
    refresh = exchange(door, upn="alice")
    expected = ("alice", ["hello-world:pull,push"])
    assert access_of(door, by_post(refresh_token=refresh), NOW + 3 * HOUR) == expected


def test_settings_lifetime_reaches_the_tokens() -> None:
    settings = Settings(
        auth="anonymous-pull",
        access_token_lifetime=timedelta(seconds=30),
        anonymous_token_lifetime=timedelta(seconds=20),
    )
    door = Authority(settings, key=KEY, new_id=lambda: "id")
    requests = (by_post(refresh_token=exchange(door)), by_get(None))
    tokens = [door.token_service.token(request, service=HOST, now=NOW) for request in requests]
    assert [claims_of(token)["exp"] for token in tokens] == [SECOND + 30, SECOND + 20]


def test_application_of_the_exchange_reaches_the_access_tokens() -> None:
    door = authority()
    refresh = exchange(door, upn="alice", appid="1f2e")
    first = door.token_service.token(by_post(refresh_token=refresh), service=HOST, now=NOW)
    second = door.token_service.token(by_get(basic(TOKEN_USER, first)), service=HOST, now=NOW)

    assert [claims_of(token)["appid"] for token in (refresh, first, second)] == ["1f2e"] * 3
