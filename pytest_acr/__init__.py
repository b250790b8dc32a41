"""A pytest plugin that hands out real Azure clients of an in-memory registry. Public names, loaded when used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.containerregistry import ArtifactArchitecture, ArtifactOperatingSystem

    from pytest_acr.commands import DigestValidationError
    from pytest_acr.connection import Connection, Transport, connect
    from pytest_acr.content_client import ContainerRegistryContentClient
    from pytest_acr.credentials import AcrAioCredential, AcrCredential
    from pytest_acr.interception import HostRefused
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
    from pytest_acr.networks import AcrNetwork, network

_HOMES = {
    "AcrAioCredential": "pytest_acr.credentials",
    "AcrCredential": "pytest_acr.credentials",
    "AcrNetwork": "pytest_acr.networks",
    "ArtifactArchitecture": "azure.containerregistry",
    "ArtifactOperatingSystem": "azure.containerregistry",
    "Connection": "pytest_acr.connection",
    "ContainerRegistryContentClient": "pytest_acr.content_client",
    "DigestValidationError": "pytest_acr.commands",
    "DownloadBlobResult": "pytest_acr.models",
    "GetManifestResult": "pytest_acr.models",
    "HostRefused": "pytest_acr.interception",
    "ManifestMediaType": "pytest_acr.models",
    "OciAnnotations": "pytest_acr.models",
    "OciDescriptor": "pytest_acr.models",
    "OciImageManifest": "pytest_acr.models",
    "SetManifestResult": "pytest_acr.models",
    "Transport": "pytest_acr.connection",
    "UploadBlobResult": "pytest_acr.models",
    "connect": "pytest_acr.connection",
    "network": "pytest_acr.networks",
}

__all__ = [
    "AcrAioCredential",
    "AcrCredential",
    "AcrNetwork",
    "ArtifactArchitecture",
    "ArtifactOperatingSystem",
    "Connection",
    "ContainerRegistryContentClient",
    "DigestValidationError",
    "DownloadBlobResult",
    "GetManifestResult",
    "HostRefused",
    "ManifestMediaType",
    "OciAnnotations",
    "OciDescriptor",
    "OciImageManifest",
    "SetManifestResult",
    "Transport",
    "UploadBlobResult",
    "connect",
    "network",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
