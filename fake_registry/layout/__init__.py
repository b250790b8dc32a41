"""OCI image layout folders: saving a registry's content to one, and loading one."""

from fake_registry.layout.errors import LayoutError
from fake_registry.layout.load import load_layout
from fake_registry.layout.save import save_layout

__all__ = ["LayoutError", "load_layout", "save_layout"]
