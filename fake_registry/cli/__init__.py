"""The command `fake-registry`."""

from fake_registry.cli.entry import main

__all__ = ["main"]
