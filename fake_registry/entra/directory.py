"""The tenants, principals and resources of one fake Entra. Lookups ignore case."""

import re
import threading

from fake_registry.auth.entra import AUDIENCES
from fake_registry.entra import errors
from fake_registry.entra.principals import EntraPrincipal, ManagedIdentity, ServicePrincipal, Tenant

RESOURCES = (
    *dict.fromkeys(audience for audiences in AUDIENCES.values() for audience in audiences),
    "https://graph.microsoft.com",
    "https://graph.microsoft.us",
    "https://microsoftgraph.chinacloudapi.cn",
    "https://vault.azure.net",
    "https://vault.usgovcloudapi.net",
    "https://vault.azure.cn",
    "https://storage.azure.com",
)
"""The services that tokens can be requested for, of the public, US government and China clouds
(azure-cli, cloud.py)."""

SHARED_TENANTS = frozenset({"common", "organizations", "consumers"})
"""Names that stand for any tenant: they have discovery documents, but no applications."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.ASCII)


class Directory:
    """Tenants, principals and resources; `home` is the first tenant. Thread-safe."""

    def __init__(self, home: Tenant) -> None:
        self._mutex = threading.Lock()
        self.home = home
        self._tenants: dict[str, Tenant] = {}
        self._applications: dict[tuple[str, str], ServicePrincipal] = {}
        self._identities: tuple[ManagedIdentity, ...] = ()
        self._resources = frozenset(RESOURCES)
        self.add_tenant(home)

    def add_tenant(self, tenant: Tenant) -> None:
        """Add a tenant. Raises ValueError for a GUID or domain that is malformed or taken."""
        names = (tenant.tenant_id.lower(), tenant.domain.lower())
        if not _GUID.fullmatch(names[0]):
            raise ValueError(f"a tenant id is a GUID, not {tenant.tenant_id!r}")
        if not _DOMAIN.fullmatch(names[1]):
            raise ValueError(f"a tenant's domain is a DNS name, not {tenant.domain!r}")

        with self._mutex:
            taken = [name for name in names if name in self._tenants]
            if taken:
                raise ValueError(f"there is a tenant {taken[0]} already")

            self._tenants |= dict.fromkeys(names, tenant)

    def tenant(self, name: str) -> Tenant | None:
        """Return the tenant with this GUID or domain, or None."""
        with self._mutex:
            return self._tenants.get(name.lower())

    def find_tenant(self, name: str, *, error: str = "invalid_request") -> Tenant:
        """Return the tenant with this GUID or domain, or raise EntraRefused.

        `error` is the RFC 6749 error code of the refusal.
        """
        tenant = self.tenant(name)
        if tenant is not None:
            return tenant

        if _GUID.fullmatch(name.lower()) or _DOMAIN.fullmatch(name.lower()):
            raise errors.unknown_tenant(name, error=error)
        raise errors.malformed_tenant(name, error=error)

    def add(self, principal: EntraPrincipal) -> None:
        """Add a principal. Raises ValueError for an unknown tenant, an id that is taken, a second
        system-assigned identity."""
        with self._mutex:
            self._check_new(principal)

            if isinstance(principal, ServicePrincipal):
                key = (principal.tenant_id, principal.client_id.lower())
                self._applications[key] = principal
            else:
                self._add_identity(principal)

    def _check_new(self, principal: EntraPrincipal) -> None:
        if principal.tenant_id.lower() not in self._tenants:
            raise ValueError(f"there is no tenant {principal.tenant_id}; add_tenant makes one")

        others: list[EntraPrincipal] = [*self._applications.values(), *self._identities]
        for other in others:
            if _ids_of(other) == _ids_of(principal):
                found = f"{other.name} has the client id {principal.client_id} already"
                raise ValueError(found)

    def _add_identity(self, identity: ManagedIdentity) -> None:
        staying = tuple(other for other in self._identities if not other.gives_way)
        if identity.gives_way and staying:
            return
        if not identity.user_assigned and any(not other.user_assigned for other in staying):
            reason = "there is a system-assigned identity already, and a machine has one at most"
            raise ValueError(reason)

        self._identities = (*staying, identity)

    def application(self, tenant: Tenant, client_id: str) -> ServicePrincipal | None:
        """Return the application of a tenant with this client id, or None."""
        with self._mutex:
            return self._applications.get((tenant.tenant_id, client_id.lower()))

    def identities(self) -> tuple[ManagedIdentity, ...]:
        """Return the managed identities, in the order in which they were added."""
        with self._mutex:
            return self._identities

    def knows(self, principal: EntraPrincipal) -> bool:
        """Return whether this principal was added here."""
        with self._mutex:
            return principal in self._applications.values() or principal in self._identities

    def add_resource(self, resource: str) -> None:
        """Allow tokens for `resource`. Slashes at its end are ignored."""
        with self._mutex:
            self._resources |= {_plain(resource)}

    def has_resource(self, resource: str) -> bool:
        """Return whether tokens can be requested for `resource`. Slashes at its end are ignored."""
        with self._mutex:
            return _plain(resource) in self._resources

    def resources(self) -> list[str]:
        """Return the resources that tokens can be requested for, sorted."""
        with self._mutex:
            return sorted(self._resources)


def _ids_of(principal: EntraPrincipal) -> tuple[str, str]:
    return principal.tenant_id, principal.client_id.lower()


def _plain(resource: str) -> str:
    return resource.rstrip("/").lower()
