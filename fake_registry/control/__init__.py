"""The /_fake/ API."""

from fake_registry.control.app import ControlApp, load_handlers

__all__ = ["ControlApp", "load_handlers"]
