"""What a fake Entra knows: tenants, principals, resources. Lookups by what clients write, in any case."""

import re
import threading

from fake_registry.auth.entra import AUDIENCES
from fake_registry.entra import errors
from fake_registry.entra.principals import ManagedIdentity, Principal, ServicePrincipal, Tenant

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
"""The services that tokens can be asked for, of the public, US government and China clouds (azure-cli, cloud.py)."""

SHARED_TENANTS = frozenset({"common", "organizations", "consumers"})
"""Names that stand for any tenant: they have documents, but no application of their own."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_DOMAIN = re.compile(r"[a-z0-9-]{1,63}(\.[a-z0-9-]{1,63})+", re.ASCII)


class Directory:
    """The tenants of one fake Entra, `home` first. Safe to use from several threads."""

    def __init__(self, home: Tenant) -> None:
        self._mutex = threading.Lock()
        self.home = home
        self._tenants: dict[str, Tenant] = {}
        self._applications: dict[tuple[str, str], ServicePrincipal] = {}
        self._identities: tuple[ManagedIdentity, ...] = ()
        self._resources = frozenset(RESOURCES)
        self.add_tenant(home)

    def add_tenant(self, tenant: Tenant) -> None:
        """Raises ValueError for a GUID or domain that is ill-formed or taken."""
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
        """Return the tenant of a GUID or domain, None where there is none."""
        with self._mutex:
            return self._tenants.get(name.lower())

    def checked_tenant(self, name: str, *, error: str = "invalid_request") -> Tenant:
        """Return the tenant of a GUID or domain. Raises EntraRefused, with `error` for RFC 6749's word."""
        tenant = self.tenant(name)
        if tenant is not None:
            return tenant
        if _GUID.fullmatch(name.lower()) or _DOMAIN.fullmatch(name.lower()):
            raise errors.unknown_tenant(name, error=error)
        raise errors.ill_formed_tenant(name, error=error)

    def add(self, principal: Principal) -> None:
        """Raises ValueError for a tenant that is not there, an id that is taken, a second identity of the system's."""
        with self._mutex:
            if principal.tenant_id.lower() not in self._tenants:
                raise ValueError(f"there is no tenant {principal.tenant_id}; add_tenant makes one")
            others: list[Principal] = [*self._applications.values(), *self._identities]
            for other in others:
                if other.tenant_id == principal.tenant_id and other.client_id.lower() == principal.client_id.lower():
                    raise ValueError(f"{other.name} has the client id {principal.client_id} already")
            if isinstance(principal, ServicePrincipal):
                self._applications[principal.tenant_id, principal.client_id.lower()] = principal
                return
            staying = tuple(identity for identity in self._identities if not identity.gives_way)
            if principal.gives_way and staying:
                return
            if not principal.user_assigned and any(not identity.user_assigned for identity in staying):
                raise ValueError("there is a system-assigned identity already, and a machine has one at most")
            self._identities = (*staying, principal)

    def application(self, tenant: Tenant, client_id: str) -> ServicePrincipal | None:
        with self._mutex:
            return self._applications.get((tenant.tenant_id, client_id.lower()))

    def identities(self) -> tuple[ManagedIdentity, ...]:
        """Return the managed identities, in the order in which they were added."""
        with self._mutex:
            return self._identities

    def knows(self, principal: Principal) -> bool:
        with self._mutex:
            return principal in self._applications.values() or principal in self._identities

    def add_resource(self, resource: str) -> None:
        with self._mutex:
            self._resources |= {_plain(resource)}

    def has_resource(self, resource: str) -> bool:
        """Tell whether tokens can be asked for `resource`, with or without slashes at the end."""
        with self._mutex:
            return _plain(resource) in self._resources

    def resources(self) -> list[str]:
        with self._mutex:
            return sorted(self._resources)


def _plain(resource: str) -> str:
    return resource.rstrip("/").lower()
