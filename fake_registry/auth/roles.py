"""Azure's roles and what they allow at a registry. Who holds one is `authority`'s.

Source: MSDOC container-registry-rbac-built-in-roles-directory-reference, for registries with "RBAC Registry
Permissions", the mode in which Owner has a data plane at all.
"""

from dataclasses import dataclass
from types import MappingProxyType

from fake_registry.auth.tokens import Principal, Scope
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
"""What each permission of a refresh token lets an access token hold on a repository.

The permissions are an owner's in the Azure SDK for Go's recordings. That `write` covers metadata_write and not only
push is inferred [I] from AcrPush, which manages tags' metadata.
"""

_CATALOGS = MappingProxyType({"read": "catalog", "deleted/read": "deleted_catalog"})
"""The listings of repositories: every role that pulls has the first; the second is inferred [I] from azure-cli."""

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

READING = (Scope("repository", "*", _ACTIONS["read"]), Scope("registry", "catalog", ("*",)))
"""What anonymous pull gives to everybody (azure-sdk-for-python, test_anon_access)."""

EVERYTHING = tuple(Scope(type_, "*", ("*",)) for type_ in ("repository", "registry", "artifact-repository"))


@dataclass(frozen=True)
class RoleAssignment:
    """One role for one principal, on all repositories, those under a prefix (`samples/*`) or one.

    Unknown roles raise ValueError, ill-formed repositories NameInvalid.
    """

    principal: str
    role: str
    repository: str = "*"

    def __post_init__(self) -> None:
        if not self.principal:
            raise ValueError("a role is granted to somebody: an object id, client id or user name")
        if self.role not in ROLES:
            raise ValueError(f"role is one of {', '.join(ROLES)}, not {self.role!r}")
        if self.repository != "*":
            parse_repository_name(self.repository.removesuffix("/*"))

    @property
    def permissions(self) -> tuple[str, ...]:
        """What a refresh token calls it."""
        return ROLES[self.role]

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What it lets an access token hold.

        The catalogue only comes with a role on all repositories: those with a condition on the repository lack it
        (MSDOC container-registry-rbac-abac-repository-permissions), as scope maps do (Azure/acr#675).
        """
        actions = tuple(action for permission in self.permissions for action in _ACTIONS[permission])
        catalogs = [_CATALOGS[name] for name in self.permissions if name in _CATALOGS and self.repository == "*"]
        return (
            Scope("repository", self.repository, actions),
            *(Scope("registry", catalog, ("*",)) for catalog in catalogs),
        )

    def is_for(self, principal: Principal) -> bool:
        """Tell whether it is `principal`'s, by any of its identities: GUIDs and user names have no case."""
        return self.principal.casefold() in (identity.casefold() for identity in principal.identities)
