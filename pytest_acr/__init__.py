"""A pytest plugin that hands out real Azure clients of an in-memory registry. Public names, loaded when used."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from azure.containerregistry import ArtifactArchitecture, ArtifactOperatingSystem

    from pytest_acr.connections.connection import Connection, Transport, connect
    from pytest_acr.connections.live import LeftBehindWarning
    from pytest_acr.connections.live_guard import OutsideNamespace
    from pytest_acr.content.client import ContainerRegistryContentClient
    from pytest_acr.content.commands import DigestValidationError
    from pytest_acr.content.models import (
        DownloadBlobResult,
        GetManifestResult,
        ManifestMediaType,
        OciAnnotations,
        OciDescriptor,
        OciImageManifest,
        SetManifestResult,
        UploadBlobResult,
    )
    from pytest_acr.credentials import DEFAULT_PRINCIPAL, AcrAioCredential, AcrCredential
    from pytest_acr.interception.network import AcrNetwork, network
    from pytest_acr.interception.refusals import HostRefused
    from pytest_acr.sweeping.function import sweep
    from pytest_acr.sweeping.good_run import SweepImpossible
    from pytest_acr.sweeping.outcome import RunOutcome, SweptRun
    from pytest_acr.sweeping.report import SweepReport, SweepRow
    from pytest_acr.transports.sockets import AllowHttp

_HOMES = {
    "DEFAULT_PRINCIPAL": "pytest_acr.credentials",
    "AcrAioCredential": "pytest_acr.credentials",
    "AcrCredential": "pytest_acr.credentials",
    "AcrNetwork": "pytest_acr.interception.network",
    "AllowHttp": "pytest_acr.transports.sockets",
    "ArtifactArchitecture": "azure.containerregistry",
    "ArtifactOperatingSystem": "azure.containerregistry",
    "Connection": "pytest_acr.connections.connection",
    "ContainerRegistryContentClient": "pytest_acr.content.client",
    "DigestValidationError": "pytest_acr.content.commands",
    "DownloadBlobResult": "pytest_acr.content.models",
    "GetManifestResult": "pytest_acr.content.models",
    "HostRefused": "pytest_acr.interception.refusals",
    "LeftBehindWarning": "pytest_acr.connections.live",
    "ManifestMediaType": "pytest_acr.content.models",
    "OciAnnotations": "pytest_acr.content.models",
    "OciDescriptor": "pytest_acr.content.models",
    "OciImageManifest": "pytest_acr.content.models",
    "OutsideNamespace": "pytest_acr.connections.live_guard",
    "RunOutcome": "pytest_acr.sweeping.outcome",
    "SetManifestResult": "pytest_acr.content.models",
    "SweepImpossible": "pytest_acr.sweeping.good_run",
    "SweepReport": "pytest_acr.sweeping.report",
    "SweepRow": "pytest_acr.sweeping.report",
    "SweptRun": "pytest_acr.sweeping.outcome",
    "Transport": "pytest_acr.connections.connection",
    "UploadBlobResult": "pytest_acr.content.models",
    "connect": "pytest_acr.connections.connection",
    "network": "pytest_acr.interception.network",
    "sweep": "pytest_acr.sweeping.function",
}

__all__ = [
    "DEFAULT_PRINCIPAL",
    "AcrAioCredential",
    "AcrCredential",
    "AcrNetwork",
    "AllowHttp",
    "ArtifactArchitecture",
    "ArtifactOperatingSystem",
    "Connection",
    "ContainerRegistryContentClient",
    "DigestValidationError",
    "DownloadBlobResult",
    "GetManifestResult",
    "HostRefused",
    "LeftBehindWarning",
    "ManifestMediaType",
    "OciAnnotations",
    "OciDescriptor",
    "OciImageManifest",
    "OutsideNamespace",
    "RunOutcome",
    "SetManifestResult",
    "SweepImpossible",
    "SweepReport",
    "SweepRow",
    "SweptRun",
    "Transport",
    "UploadBlobResult",
    "connect",
    "network",
    "sweep",
]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted(__all__)
