"""An in-memory fake of Azure Container Registry and of the OCI distribution API.

The public names are in `__init__.pyi`. Each is loaded when it is used.
"""

from fake_registry.lazy_names import attach

__all__, __getattr__, __dir__ = attach(__name__)
