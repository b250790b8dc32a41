"""Any WSGI app behind a real socket."""

from fake_registry.server.server import RegistryServer

__all__ = ["RegistryServer"]
