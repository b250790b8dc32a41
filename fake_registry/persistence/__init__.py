"""A folder as the storage of a registry: an OCI layout, and a file for what a layout cannot say."""

from fake_registry.persistence.app import PersistentApp
from fake_registry.persistence.errors import StorageError
from fake_registry.persistence.opening import OpenFolder
from fake_registry.persistence.storage import Storage

__all__ = ["OpenFolder", "PersistentApp", "Storage", "StorageError"]
