"""A fake of Microsoft Entra ID and of Azure's metadata services."""

from fake_registry.entra.fake import FakeEntra
from fake_registry.entra.journal import EntraRequest
from fake_registry.entra.principals import ManagedIdentity, ServicePrincipal, Tenant

__all__ = ["EntraRequest", "FakeEntra", "ManagedIdentity", "ServicePrincipal", "Tenant"]
