"""Tenants, service principals and managed identities, as values. `directory` holds all of them."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from fake_registry.arguments import items_of
from fake_registry.entra.certificates import Certificate


@dataclass(frozen=True)
class Tenant:
    """A directory. Requests name it by its GUID or its domain."""

    tenant_id: str
    domain: str


@dataclass(frozen=True, kw_only=True)
class ServicePrincipal:
    """An application in a tenant, with all of its credentials."""

    name: str
    client_id: str
    object_id: str
    """`oid` and `sub` in its tokens: the principal in `FakeRegistry.grant`."""
    tenant_id: str
    secret: str | None = field(default=None, repr=False)
    certificate: Certificate | None = None
    federated_tokens: frozenset[str] = field(default=frozenset(), repr=False)
    """Assertions of other issuers that are accepted for it."""


@dataclass(frozen=True, kw_only=True)
class ManagedIdentity:
    """An identity of a machine. A metadata service issues its tokens to every caller."""

    name: str
    client_id: str
    object_id: str
    """`oid` and `sub` in its tokens: the principal in `FakeRegistry.grant`."""
    tenant_id: str
    resource_id: str
    """Id of the identity, or of the machine if system-assigned; `xms_mirid` in its tokens."""
    user_assigned: bool
    gives_way: bool = False
    """Whether it is removed when another identity is added."""


EntraPrincipal = ServicePrincipal | ManagedIdentity


def tokens_of(federated_token: str | Iterable[str]) -> frozenset[str]:
    """Return the argument `federated_token`, one or several, as a set. TypeError."""
    tokens = [federated_token] if isinstance(federated_token, str) else federated_token
    return frozenset(items_of("federated_token", tokens, str))
