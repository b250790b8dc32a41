"""`ContainerRegistryContentClient` for async code."""

from pytest_acr.content.aio_client import ContainerRegistryContentClient

__all__ = ["ContainerRegistryContentClient"]
