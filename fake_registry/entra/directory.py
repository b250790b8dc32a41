"""The tenants, principals and resources of one fake Entra. Lookups ignore case."""

import re
import threading

from fake_registry.arguments import nearest_first
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
            raise ValueError(f"tenant_id: expected a GUID, found {tenant.tenant_id!r}")
        if not _DOMAIN.fullmatch(names[1]):
            expected = "expected a DNS name such as contoso.onmicrosoft.com"
            raise ValueError(f"domain: {expected}, found {tenant.domain!r}")

        with self._mutex:
            taken = [name for name in names if name in self._tenants]
            if taken:
                expected = "expected an id and a domain that no other tenant has"
                raise ValueError(f"{expected}, found {taken[0]} twice")

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
                expected = "expected an id that no other principal has"
                found = f"{principal.client_id}, which {other.name} has"
                raise ValueError(f"client_id: {expected}, found {found}")

    def _add_identity(self, identity: ManagedIdentity) -> None:
        staying = tuple(other for other in self._identities if not other.gives_way)
        if identity.gives_way and staying:
            return
        if not identity.user_assigned and any(not other.user_assigned for other in staying):
            expected = "expected at most one system-assigned identity, as a machine has"
            raise ValueError(f"{expected}, found a second: add it with user_assigned=True")

        self._identities = (*staying, identity)

    def application(self, tenant: Tenant, client_id: str) -> ServicePrincipal | None:
        """Return the application of a tenant with this client id, or None."""
        with self._mutex:
            return self._applications.get((tenant.tenant_id, client_id.lower()))

    def identities(self) -> tuple[ManagedIdentity, ...]:
        """Return the managed identities, in the order in which they were added."""
        with self._mutex:
            return self._identities

    def check_principal(self, principal: EntraPrincipal) -> None:
        """Raise ValueError for a principal that was not added here."""
        with self._mutex:
            added = (*self._applications.values(), *self._identities)

        if principal not in added:
            expected = "expected one that this FakeEntra has added"
            raise ValueError(f"principal: {expected}, found {principal.name} of another")

    def add_resource(self, resource: str) -> None:
        """Allow tokens for `resource`. Slashes at its end are ignored."""
        with self._mutex:
            self._resources |= {_plain(resource)}

    def has_resource(self, resource: str) -> bool:
        """Return whether tokens can be requested for `resource`. Slashes at its end are ignored."""
        with self._mutex:
            return _plain(resource) in self._resources

    def check_resource(self, resource: str) -> None:
        """Raise ValueError, with the known ones, for a resource that tokens cannot be requested for."""
        if self.has_resource(resource):
            return

        known = ", ".join(nearest_first(resource, sorted(self._resources)))
        missing = f"audience: there is no resource {resource!r}, which add_resource adds"
        raise ValueError(f"{missing}; the resources are {known}")


def _ids_of(principal: EntraPrincipal) -> tuple[str, str]:
    return principal.tenant_id, principal.client_id.lower()


def _plain(resource: str) -> str:
    return resource.rstrip("/").lower()
