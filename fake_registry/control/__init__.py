"""The control API under /_fake/."""

from fake_registry.control.app import ControlApp
from fake_registry.control.choice import ControlChoice, load_handlers

__all__ = ["ControlApp", "ControlChoice", "load_handlers"]
