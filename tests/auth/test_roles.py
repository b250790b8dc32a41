"""What each role lets its holder do, and on which repositories."""

import pytest

from fake_registry.auth.permissions import Permissions
from fake_registry.auth.roles import EVERYTHING, READING, ROLES, RoleAssignment
from fake_registry.auth.scopes import Scope, grants, parse_scopes
from fake_registry.auth.tokens import Principal
from fake_registry.settings import Settings
from fake_registry.spec.errors import NameInvalid

ALLOWED = {
    "AcrPull": {"pull", "metadata_read", "catalog"},
    "AcrPush": {"pull", "metadata_read", "catalog", "push", "metadata_write"},
    "AcrDelete": {"delete"},
    "Reader": {"pull", "metadata_read", "catalog"},
    "Contributor": {"pull", "metadata_read", "catalog", "push", "metadata_write", "delete", "deleted_read"},
    "Owner": {"pull", "metadata_read", "catalog", "push", "metadata_write", "delete", "deleted_read"},
}
ACTIONS = ["pull", "push", "delete", "metadata_read", "metadata_write", "deleted_read"]


def scopes_of(
    role: str,
    repository: str = "*",
    *,
    push_sets_locks: bool = True,
) -> tuple[Scope, ...]:
    return RoleAssignment("alice", role, repository).scopes(push_sets_locks=push_sets_locks)


def test_every_role_is_in_the_matrix() -> None:
    assert ALLOWED.keys() == ROLES.keys()


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("action", ACTIONS)
def test_role_allows_the_action(role: str, action: str) -> None:
    needed = parse_scopes([f"repository:samples/hello:{action}"])
    assert grants(scopes_of(role), needed) is (action in ALLOWED[role])


@pytest.mark.parametrize("role", ALLOWED)
@pytest.mark.parametrize("action", ACTIONS)
def test_setting_takes_only_the_locks_from_acr_push(role: str, action: str) -> None:
    """MSDOC container-registry-rbac-built-in-roles-directory-reference; not seen on the wire [I]."""
    allowed = action in ALLOWED[role] and (role, action) != ("AcrPush", "metadata_write")

    needed = parse_scopes([f"repository:samples/hello:{action}"])
    assert grants(scopes_of(role, push_sets_locks=False), needed) is allowed


@pytest.mark.parametrize("role", ALLOWED)
def test_role_lists_repositories(role: str) -> None:
    needed = parse_scopes(["registry:catalog:*"])
    assert grants(scopes_of(role), needed) is ("catalog" in ALLOWED[role])


@pytest.mark.parametrize(
    ("repository", "name", "expected"),
    [
        ("*", "a", True),
        ("*", "a/b", True),
        ("samples/*", "samples/hello", True),
        ("samples/*", "samples/deep/hello", True),
        ("samples/*", "samples", False),
        ("samples/*", "samples2/hello", False),
        ("samples/hello", "samples/hello", True),
        ("samples/hello", "samples/hello/sub", False),
        ("samples/hello", "samples/hell", False),
    ],
)
def test_role_reaches_its_repositories(repository: str, name: str, *, expected: bool) -> None:
    held = scopes_of("AcrPull", repository)
    assert grants(held, parse_scopes([f"repository:{name}:pull"])) is expected


@pytest.mark.parametrize("repository", ["samples/*", "samples/hello"])
def test_role_on_some_repositories_lacks_the_catalogue(repository: str) -> None:
    assert not grants(scopes_of("Owner", repository), parse_scopes(["registry:catalog:*"]))


def test_unknown_role_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match="AcrPull, AcrPush, AcrDelete, Reader, Contributor, Owner, found 'Acrpull'"):
        RoleAssignment("alice", "Acrpull")


def test_role_for_an_empty_principal_is_refused() -> None:
    with pytest.raises(ValueError, match="principal: expected an object id"):
        RoleAssignment("", "AcrPull")


@pytest.mark.parametrize("repository", ["", "Samples", "samples/", "samples*", "*/hello", "a/*/b", "samples/*/*"])
def test_malformed_repository_is_refused(repository: str) -> None:
    with pytest.raises(NameInvalid):
        RoleAssignment("alice", "AcrPull", repository)


def test_role_is_found_by_any_identity_whatever_the_case() -> None:
    alice = Principal(name="1F2E", identities=("1F2E", "Alice@example.com"))
    found = [RoleAssignment(name, "Reader").is_for(alice) for name in ("1f2e", "alice@EXAMPLE.com", "alice")]
    assert found == [True, True, False]


@pytest.mark.parametrize(
    ("scope", "read"),
    [
        ("repository:a/b:pull,metadata_read", True),
        ("registry:catalog:*", True),
        ("repository:a/b:push", False),
        ("repository:a/b:metadata_write", False),
        ("repository:a/b:delete", False),
    ],
)
def test_anonymous_pull_reads_and_everything_is_more(scope: str, *, read: bool) -> None:
    assert grants(READING, parse_scopes([scope])) is read
    assert grants(EVERYTHING, parse_scopes([scope]))


class TestRevoking:
    """Roles that match all arguments are revoked."""

    @pytest.fixture
    def permissions(self) -> Permissions:
        permissions = Permissions(Settings(auth="token"))
        for principal, role, repository in (
            ("alice", "AcrPull", "*"),
            ("alice", "AcrPush", "samples/*"),
            ("bob", "AcrPull", "*"),
        ):
            permissions.grant(principal, role, repository=repository)
        return permissions

    @pytest.mark.parametrize(
        ("criteria", "left"),
        [
            ({}, []),
            ({"principal": "ALICE"}, ["AcrPull of bob on *"]),
            ({"role": "AcrPull"}, ["AcrPush of alice on samples/*"]),
            ({"principal": "alice", "repository": "*"}, ["AcrPush of alice on samples/*", "AcrPull of bob on *"]),
        ],
        ids=repr,
    )
    def test_roles_that_match_are_revoked(
        self, permissions: Permissions, criteria: dict[str, str], left: list[str]
    ) -> None:
        permissions.revoke(**criteria)
        assert [str(role) for role in permissions.accounts().roles] == left

    def test_principal_without_a_role_is_refused_until_no_role_is_left(self, permissions: Permissions) -> None:
        alice = Principal(name="alice", identities=("alice",))
        permissions.revoke("alice")
        refused = permissions.scopes_of(alice)
        permissions.revoke("bob")

        assert (refused, permissions.scopes_of(alice)) == ((), EVERYTHING)

    def test_role_that_is_absent_is_refused_with_the_present_ones(self, permissions: Permissions) -> None:
        permissions.revoke("alice")
        known = r"there are AcrPull of bob on \*"
        with pytest.raises(ValueError, match=rf"^there is no role with principal='bob', role='Owner'; {known}$"):
            permissions.revoke("bob", "Owner")
        assert len(permissions.accounts().roles) == 1
