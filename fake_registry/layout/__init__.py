"""OCI image layout directories, in and out."""

from fake_registry.layout.folder import LayoutError
from fake_registry.layout.layout import load_layout, save_layout

__all__ = ["LayoutError", "load_layout", "save_layout"]
