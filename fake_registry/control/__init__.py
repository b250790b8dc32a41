"""The control API under /_fake/."""

from fake_registry.control.app import ControlApp, load_handlers
from fake_registry.control.choice import ControlChoice

__all__ = ["ControlApp", "ControlChoice", "load_handlers"]
