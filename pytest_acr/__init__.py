"""A pytest plugin that hands out real Azure clients of an in-memory registry. Public names, loaded when used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_acr.connection import Connection, Transport, connect
    from pytest_acr.content_client import ContainerRegistryContentClient
    from pytest_acr.credentials import AcrAioCredential, AcrCredential
    from pytest_acr.flows import DigestValidationError
    from pytest_acr.models import (
        DownloadBlobResult,
        GetManifestResult,
        ManifestMediaType,
        OciAnnotations,
        OciDescriptor,
        OciImageManifest,
        SetManifestResult,
        UploadBlobResult,
    )

_HOMES = {
    "AcrAioCredential": "credentials",
    "AcrCredential": "credentials",
    "Connection": "connection",
    "ContainerRegistryContentClient": "content_client",
    "DigestValidationError": "flows",
    "DownloadBlobResult": "models",
    "GetManifestResult": "models",
    "ManifestMediaType": "models",
    "OciAnnotations": "models",
    "OciDescriptor": "models",
    "OciImageManifest": "models",
    "SetManifestResult": "models",
    "Transport": "connection",
    "UploadBlobResult": "models",
    "connect": "connection",
}

__all__ = [
    "AcrAioCredential",
    "AcrCredential",
    "Connection",
    "ContainerRegistryContentClient",
    "DigestValidationError",
    "DownloadBlobResult",
    "GetManifestResult",
    "ManifestMediaType",
    "OciAnnotations",
    "OciDescriptor",
    "OciImageManifest",
    "SetManifestResult",
    "Transport",
    "UploadBlobResult",
    "connect",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
