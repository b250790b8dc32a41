"""Arguments of handlers: the parsed request, and the registry behind it."""

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from fake_registry.auth.authority import Authority
from fake_registry.clock import Clock
from fake_registry.core.memory import MemoryRegistry
from fake_registry.core.registry import AcrCatalog, BlobReader, Registry
from fake_registry.http.answers import Answer
from fake_registry.http.request import Request, RequestBody
from fake_registry.settings import Settings
from fake_registry.spec.endpoints import Endpoint
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, UploadId


@dataclass(frozen=True, kw_only=True)
class Backend:
    """The registry behind the app, and its surroundings."""

    registry: Registry
    catalog: AcrCatalog | None
    """None for a registry without ACR metadata."""
    stored_blob: Callable[[RepositoryName, Digest], BlobReader]
    """Opens a blob for the storage account, which ignores attributes."""
    authority: Authority
    settings: Settings
    clock: Clock
    key: bytes
    """Signs upload locations and storage URLs."""
    new_id: Callable[[], str]
    """Makes a UUID."""
    memory: MemoryRegistry | None = None
    """The content in memory, for faults that need more of it than a `Registry` does."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request to one endpoint. Names in its path are parsed, those of other paths are empty."""

    endpoint: Endpoint
    request: Request
    query: MultiDict[str, str]
    body: RequestBody
    repository: RepositoryName = RepositoryName("")
    reference: Reference = Tag("")
    digest: Digest = Digest("")
    upload: UploadId = UploadId("")
    tag: Tag = Tag("")
    reads_all: bool = False
    """Whether the caller may pull from every repository. Set for mounts alone."""


Handler = Callable[[Backend, Call], Answer]
