"""/oauth2/exchange: who gets a refresh token, and why not; and the roles that decide it."""

import pytest

from fake_registry.auth.authority import Authority
from fake_registry.auth.roles import RoleAssignment
from fake_registry.spec.errors import NameInvalid, Unauthorized
from tests.auth.builders import HOST, NOW, SECOND, authority, claims_of, entra_token, exchange

NO_ROLE = {"kind": "no role"}


def exchange_failure(
    form: dict[str, str],
    door: Authority | None = None,
    *,
    more_facts: dict[str, str] | None = None,
) -> object:
    with pytest.raises(Unauthorized) as refused:
        (door or authority()).token_service.exchange(form, service=HOST, now=NOW)
    facts = dict(refused.value.facts)
    failure = facts.pop("failure")
    common = {"access": (), "scopes": "", "challenge": None, "error": None}
    assert facts == common | (more_facts or {})
    return failure


@pytest.mark.parametrize(
    ("grant_type", "field"),
    [
        ("access_token", "access_token"),
        ("access_token_refresh_token", "access_token"),
        ("refresh_token", "refresh_token"),
    ],
)
def test_exchange_accepts_three_grant_types(grant_type: str, field: str) -> None:
    form = {"grant_type": grant_type, "service": HOST, field: entra_token(upn="alice"), "tenant": "common"}
    claims = claims_of(authority().token_service.exchange(form, service=HOST, now=NOW))
    assert (claims["grant_type"], claims["sub"], claims["aud"]) == ("refresh_token", "alice", HOST)


@pytest.mark.parametrize(
    ("change", "failure"),
    [
        (
            {"grant_type": "password"},
            "grant_type: expected one of access_token, access_token_refresh_token, refresh_token, found 'password'",
        ),
        ({"service": ""}, "service: expected fake.azurecr.io, found nothing"),
        ({"service": "other.azurecr.io"}, "service: expected fake.azurecr.io, found other.azurecr.io"),
        ({"access_token": ""}, "access_token: expected an Entra token, found nothing"),
        ({"access_token": "wrong token"}, "Entra token malformed: expected a JWT of 3 parts, found 1"),
        ({"access_token": entra_token(exp=SECOND - 5)}, "Entra token expired: 5 s ago"),
    ],
)
def test_exchange_refuses(change: dict[str, str], failure: str) -> None:
    form = {"grant_type": "access_token", "service": HOST, "access_token": entra_token(upn="alice")}
    assert exchange_failure(form | change) == failure


@pytest.mark.parametrize("missing", ["grant_type", "service", "access_token"])
def test_exchange_names_the_missing_field(missing: str) -> None:
    form = {"grant_type": "access_token", "service": HOST, "access_token": entra_token()}
    del form[missing]
    assert str(exchange_failure(form)).startswith(f"{missing}: ")


def test_exchange_refuses_another_cloud_s_audience() -> None:
    token = entra_token(aud="https://management.usgovcloudapi.net")
    form = {"grant_type": "access_token", "service": HOST, "access_token": token}
    assert str(exchange_failure(form)).startswith("Entra token audience: expected https://containerregistry.azure.net")


def test_every_principal_is_accepted_until_a_role_is_granted() -> None:
    door = authority()
    assert claims_of(exchange(door, oid="mallory"))["sub"] == "mallory"
    door.permissions.grant("alice", "AcrPull")
    form = {"grant_type": "access_token", "service": HOST, "access_token": entra_token(oid="mallory")}
    failure = exchange_failure(form, door, more_facts=NO_ROLE)
    assert failure == "no role: mallory was granted none"


@pytest.mark.parametrize("claim", ["oid", "appid", "upn", "unique_name", "sub"])
def test_role_is_found_by_each_identity(claim: str) -> None:
    door = authority()
    door.permissions.grant("alice", "AcrPush")
    permissions = claims_of(exchange(door, **{"oid": "o", "sub": "s", claim: "alice"}))["permissions"]
    assert permissions == {"Actions": ["read", "write"], "NotActions": None}


def test_refresh_token_lists_each_permission_once() -> None:
    door = authority()
    for role in ("AcrDelete", "AcrPull", "AcrPush"):
        door.permissions.grant("alice", role)
    assert claims_of(exchange(door, upn="alice"))["permissions"] == {
        "Actions": ["delete", "read", "write"],
        "NotActions": None,
    }


def test_grants_are_restored_as_they_were() -> None:
    door = authority()
    door.permissions.grant("alice", "AcrPull", repository="samples/*")
    kept = door.permissions.accounts()
    door.permissions.grant("bob", "Owner")
    assert door.permissions.accounts().roles == (
        RoleAssignment("alice", "AcrPull", "samples/*"),
        RoleAssignment("bob", "Owner", "*"),
    )
    door.permissions.replace_accounts(kept)
    assert door.permissions.accounts().roles == (RoleAssignment("alice", "AcrPull", "samples/*"),)


def test_malformed_grant_changes_nothing() -> None:
    door = authority()
    with pytest.raises(ValueError, match="role: expected one of"):
        door.permissions.grant("alice", "Admin")
    with pytest.raises(NameInvalid):
        door.permissions.grant("alice", "AcrPull", repository="Samples/*")
    assert door.permissions.accounts().roles == ()
