"""The /_fake/ API."""

from fake_registry.control.app import ControlApp

__all__ = ["ControlApp"]
