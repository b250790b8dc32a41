"""Azure's roles, and what they allow at a registry. Grants are in `permissions`.

Source: MSDOC container-registry-rbac-built-in-roles-directory-reference, for registries with "RBAC
Registry Permissions", the mode in which Owner may read and write content.
"""

from dataclasses import dataclass
from types import MappingProxyType

from fake_registry.arguments import check_fields, names_text
from fake_registry.auth.scopes import Scope
from fake_registry.auth.tokens import Principal
from fake_registry.spec.names import parse_repository_name

_ACTIONS = MappingProxyType(
    {
        "read": ("pull", "metadata_read"),
        "write": ("push", "metadata_write"),
        "delete": ("delete",),
        "deleted/read": ("deleted_read",),
        "deleted/restore/action": ("deleted_restore",),
    }
)
"""For each permission in a refresh token, an access token's actions on a repository.

The permissions are an owner's in the Azure SDK for Go's recordings. That `write` includes
metadata_write is inferred [I]; for AcrPush see `Settings.acr_push_sets_locks`.
"""

_SETTING_LOCKS = "metadata_write"

_CATALOGS = MappingProxyType({"read": "catalog", "deleted/read": "deleted_catalog"})
"""Listings of repositories, by permission. The second is inferred [I] from azure-cli."""

ALL_PERMISSIONS = tuple(_ACTIONS)

ROLES = MappingProxyType(
    {
        "AcrPull": ("read",),
        "AcrPush": ("read", "write"),
        "AcrDelete": ("delete",),
        "Reader": ("read",),
        "Contributor": ALL_PERMISSIONS,
        "Owner": ALL_PERMISSIONS,
    }
)

_CATALOG = Scope("registry", "catalog", ("*",))

READING = (Scope("repository", "*", _ACTIONS["read"]), _CATALOG)
"""Scopes of every caller with anonymous pull (azure-sdk-for-python, test_anon_access)."""

_PULL_ANYWHERE = Scope("repository", "*", ("pull",))

ANONYMOUS_PULL = (_PULL_ANYWHERE, _CATALOG)
"""The scopes that an anonymous token may have, each as a whole (acr-behaviour 3.6)."""

_TYPES = ("repository", "registry", "artifact-repository")
EVERYTHING = tuple(Scope(type_, "*", ("*",)) for type_ in _TYPES)


def scopes_of_anonymous_token(access: tuple[Scope, ...]) -> tuple[Scope, ...]:
    """Return the scopes that an anonymous token with `access` allows.

    It names `pull` alone, and metadata can be read with it (azure-sdk-for-python, test_anon_access;
    Azure/acr#663).
    """
    reading, _ = READING
    return tuple(reading if scope == _PULL_ANYWHERE else scope for scope in access)


@dataclass(frozen=True)
class RoleAssignment:
    """One principal's role on all repositories (`*`), those under a prefix (`samples/*`), or one.

    Raises TypeError for a value of another type, ValueError for an unknown role or an empty
    principal, NameInvalid for a malformed repository.
    """

    principal: str
    role: str
    repository: str = "*"

    def __post_init__(self) -> None:
        check_fields(self)
        if not self.principal:
            raise ValueError("principal: expected an object id, client id or user name, found ''")
        if self.role not in ROLES:
            raise ValueError(f"role: expected one of {names_text(self.role, ROLES)}, found {self.role!r}")
        if self.repository != "*":
            parse_repository_name(self.repository.removesuffix("/*"))

    @property
    def permissions(self) -> tuple[str, ...]:
        """The role's permissions, as a refresh token has them."""
        return ROLES[self.role]

    def scopes(self, *, push_sets_locks: bool) -> tuple[Scope, ...]:
        """Return the scopes that an access token may have by this role.

        `push_sets_locks` says whether AcrPush may change attributes. Only a role on all
        repositories includes the catalogue: roles with a condition on the repository lack it
        (MSDOC container-registry-rbac-abac-repository-permissions), as scope maps do
        (Azure/acr#675).
        """
        actions = [action for name in self.permissions for action in _ACTIONS[name]]
        if self.role == "AcrPush" and not push_sets_locks:
            actions.remove(_SETTING_LOCKS)

        on_repository = Scope("repository", self.repository, tuple(actions))
        if self.repository != "*":
            return (on_repository,)

        catalogs = (_CATALOGS[name] for name in self.permissions if name in _CATALOGS)
        return (on_repository, *(Scope("registry", catalog, ("*",)) for catalog in catalogs))

    def matches(self, principal: str | None, role: str | None, repository: str | None) -> bool:
        """Return whether it has all of these that are not None."""
        same_principal = principal is None or principal.casefold() == self.principal.casefold()
        return same_principal and role in (None, self.role) and repository in (None, self.repository)

    def __str__(self) -> str:
        return f"{self.role} of {self.principal} on {self.repository}"

    def is_for(self, principal: Principal) -> bool:
        """Return whether `principal` has the role, by any of its identities.

        GUIDs and user names have no case.
        """
        names = (identity.casefold() for identity in principal.identities)
        return self.principal.casefold() in names
