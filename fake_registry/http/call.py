"""One request, parsed: what handlers get."""

from collections.abc import Callable
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from fake_registry.auth.authority import Authority
from fake_registry.clock import Clock
from fake_registry.core.registry import AcrCatalog, BlobReader, Registry
from fake_registry.http.answers import Answer
from fake_registry.http.request import Body, Request
from fake_registry.settings import Settings
from fake_registry.spec.endpoints import Endpoint
from fake_registry.spec.names import Digest, Reference, RepositoryName, Tag, UploadId


@dataclass(frozen=True, kw_only=True)
class Backend:
    """What handlers work on. `catalog` is None where the registry has no ACR metadata."""

    registry: Registry
    catalog: AcrCatalog | None
    stored_blob: Callable[[RepositoryName, Digest], BlobReader]
    """Opens a blob as storage does, which knows no attributes."""
    authority: Authority
    settings: Settings
    clock: Clock
    key: bytes
    """Signs upload locations and storage URLs."""
    new_id: Callable[[], str]
    """Makes a UUID."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request to one endpoint. Names are parsed; a route without a name in it leaves that name empty."""

    endpoint: Endpoint
    request: Request
    query: MultiDict[str, str]
    body: Body
    repository: RepositoryName = RepositoryName("")
    reference: Reference = Tag("")
    digest: Digest = Digest("")
    upload: UploadId = UploadId("")
    tag: Tag = Tag("")
    reads_all: bool = False
    """Whether the caller may pull from every repository. Only asked of a mount, which may name no source."""


Handler = Callable[[Backend, Call], Answer]
