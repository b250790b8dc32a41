"""Who may get a token: tenants, service principals, managed identities. Frozen; `directory` knows them all."""

from dataclasses import dataclass, field

from fake_registry.entra.certificates import Certificate


@dataclass(frozen=True)
class Tenant:
    """A directory, asked for by its GUID or by its domain."""

    tenant_id: str
    domain: str


@dataclass(frozen=True, kw_only=True)
class ServicePrincipal:
    """An application in a tenant, with every credential that it may show."""

    name: str
    client_id: str
    object_id: str
    """`oid` and `sub` in its tokens: what `FakeRegistry.grant` takes."""
    tenant_id: str
    secret: str | None = field(default=None, repr=False)
    certificate: Certificate | None = None
    federated_tokens: frozenset[str] = field(default=frozenset(), repr=False)
    """The assertions, of another issuer, that are taken for it."""


@dataclass(frozen=True, kw_only=True)
class ManagedIdentity:
    """An identity that a metadata service hands out tokens for, to whoever reaches it."""

    name: str
    client_id: str
    object_id: str
    """`oid` and `sub` in its tokens: what `FakeRegistry.grant` takes."""
    tenant_id: str
    resource_id: str
    """Of the identity or, where it is the system's, of the machine that has it; `xms_mirid` in its tokens."""
    user_assigned: bool
    gives_way: bool = False
    """There until the machine gets another one."""


Principal = ServicePrincipal | ManagedIdentity
