"""Any WSGI app behind a real socket."""

from fake_registry.server.events import Answered, Note
from fake_registry.server.server import RegistryServer

__all__ = ["Answered", "Note", "RegistryServer"]
