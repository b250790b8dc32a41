"""The command `fake-registry`."""

from fake_registry.cli.command import main

__all__ = ["main"]
