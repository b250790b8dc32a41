"""A registry somewhere else: the Registry Protocol over HTTP with requests."""

from fake_registry.remote.registry import RemoteRegistry

__all__ = ["RemoteRegistry"]
