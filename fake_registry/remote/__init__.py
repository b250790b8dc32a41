"""The client of another registry: the Registry Protocol over HTTP, with requests."""

from fake_registry.remote.registry import RemoteRegistry

__all__ = ["RemoteRegistry"]
