# The one list of public names, a line each: type checkers read it, and `fake_registry.lazy_names` does.

from azure.containerregistry import ArtifactArchitecture as ArtifactArchitecture
from azure.containerregistry import ArtifactOperatingSystem as ArtifactOperatingSystem

from pytest_acr.connections.connection import Connection as Connection
from pytest_acr.connections.connection import Transport as Transport
from pytest_acr.connections.connection import connect as connect
from pytest_acr.connections.live import LeftBehindWarning as LeftBehindWarning
from pytest_acr.connections.live_guard import OutsideNamespace as OutsideNamespace
from pytest_acr.content.client import ContainerRegistryContentClient as ContainerRegistryContentClient
from pytest_acr.content.commands import DigestValidationError as DigestValidationError
from pytest_acr.content.models import DownloadBlobResult as DownloadBlobResult
from pytest_acr.content.models import GetManifestResult as GetManifestResult
from pytest_acr.content.models import ManifestMediaType as ManifestMediaType
from pytest_acr.content.models import OciAnnotations as OciAnnotations
from pytest_acr.content.models import OciDescriptor as OciDescriptor
from pytest_acr.content.models import OciImageManifest as OciImageManifest
from pytest_acr.content.models import SetManifestResult as SetManifestResult
from pytest_acr.content.models import UploadBlobResult as UploadBlobResult
from pytest_acr.credentials import DEFAULT_PRINCIPAL as DEFAULT_PRINCIPAL
from pytest_acr.credentials import AcrAioCredential as AcrAioCredential
from pytest_acr.credentials import AcrCredential as AcrCredential
from pytest_acr.interception.network import AcrNetwork as AcrNetwork
from pytest_acr.interception.network import network as network
from pytest_acr.interception.refusals import HostRefused as HostRefused
from pytest_acr.sweeping.function import sweep as sweep
from pytest_acr.sweeping.good_run import SweepImpossible as SweepImpossible
from pytest_acr.sweeping.outcome import RunOutcome as RunOutcome
from pytest_acr.sweeping.outcome import SweptRun as SweptRun
from pytest_acr.sweeping.report import SweepReport as SweepReport
from pytest_acr.sweeping.report import SweepRow as SweepRow
from pytest_acr.transports.sockets import AllowHttp as AllowHttp
