"""The JSON of bodies and answers, as types of msgspec: their docstrings and members are the schema.

Bodies refuse unknown members. Faults are in `fault_json`, the criteria of requests in `filters`.
"""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from fake_registry.auth.roles import ROLES
from fake_registry.auth.scope_maps import ACTIONS
from fake_registry.control.decoding import Seconds
from fake_registry.control.limits import MAX_ACCOUNT_NAME
from fake_registry.journal.exchange import Exchange

AccountName = Annotated[str, Meta(min_length=1, max_length=MAX_ACCOUNT_NAME)]


class Problem(Struct):
    """A refusal. It has changed nothing."""

    error: str


class IndexRow(Struct):
    """A route with an example: a command of curl."""

    method: str
    path: str
    summary: str
    example: str


class ApiIndex(Struct):
    """All routes."""

    openapi: str
    """The URL of the OpenAPI document."""
    routes: list[IndexRow]


class Health(Struct):
    """The registry's name and settings."""

    status: Literal["ok", "closed"]
    login_server: str
    profile: str
    auth: str


class RegistryNames(Struct):
    """The names of all registries of the server."""

    registries: list[str]


class Readiness(Struct):
    """The server accepts connections."""

    status: Literal["ready"]


class Outage(Struct):
    """Whether each request loses its connection."""

    down: bool


class ManifestEntry(Struct):
    """A manifest of a repository; `size` is its own, `image_size` that of all that it refers to, too."""

    digest: str
    media_type: str
    size: int
    image_size: int
    platform: str
    """`os/architecture`; empty if unknown."""
    tags: list[str]


class RepositoryEntry(Struct):
    """A repository; the numbers are of its blobs and of its unfinished uploads."""

    name: str
    manifests: list[ManifestEntry]
    tags: dict[str, str]
    blobs: int
    uploads: int


class RegistryState(Struct):
    """All content at one time."""

    repositories: list[RepositoryEntry]


class ImageBody(Struct, forbid_unknown_fields=True):
    """An image to push: the arguments of `FakeRegistry.push_image`."""

    name: Annotated[str, Meta(description="repository or repository:tag")]
    layers: Annotated[list[bytes] | None, Meta(description="in base64; null: one made up")] = None
    config: Annotated[dict[str, Any] | None, Meta(description="null: a valid one")] = None
    platform: str | None = None
    annotations: dict[str, str] | None = None
    media_type: str | None = None
    config_media_type: str | None = None
    layer_media_type: str | None = None
    artifact_type: str | None = None
    subject: Annotated[str | None, Meta(description="a digest or a tag of the repository")] = None


class LayerEntry(Struct):
    """A layer of an image, or a blob of an artifact."""

    digest: str
    media_type: str
    size: int | None


class ImageEntry(Struct):
    """An image, index or artifact; `size` is of all that it refers to."""

    repository: str
    digest: str
    tags: list[str]
    media_type: str
    size: int
    layers: list[LayerEntry]


class ImageList(Struct):
    """All images, indexes and artifacts."""

    images: list[ImageEntry]


class RequestList(Struct):
    """Recorded requests, oldest first; `dropped` is the number of those no longer kept."""

    requests: list[Exchange]
    dropped: int


class RequestDetail(Struct):
    """A recorded request: why it was refused, what to change, and a command of curl that sends it
    once more."""

    request: Exchange
    reason: str
    """The codes, the failure and the faults that struck, in one line; empty without any."""
    advice: str
    """What to change so that it succeeds, by the content of now; empty where nothing is certain."""
    token: str
    """A command that sets the variable TOKEN of `curl`; empty where the request had no token."""
    curl: str


class EventQuery(Struct, forbid_unknown_fields=True):
    """Where a stream of requests begins, and when it ends."""

    after: Annotated[
        Annotated[int, Meta(ge=-1, le=2**63 - 1)] | None,
        Meta(description="a number: the requests after it; null: all that are kept"),
    ] = None
    timeout: Annotated[Seconds | None, Meta(description="null: no end")] = None


class RequestCount(Struct):
    """The number of recorded requests; `dropped` is the number of those no longer kept."""

    count: int
    dropped: int


class ClockTime(Struct):
    """Nanoseconds since 1970, and whether the clock can be advanced."""

    time: int
    manual: bool


class ClockStep(Struct, forbid_unknown_fields=True):
    """A step of the clock."""

    advance_seconds: Seconds


class RoleBody(Struct, forbid_unknown_fields=True):
    """A role of a principal: AcrPull, AcrPush, AcrDelete, Reader, Contributor or Owner."""

    principal: Annotated[AccountName, Meta(description="an oid, appid, upn, unique_name or sub")]
    role: Annotated[str, Meta(extra_json_schema={"enum": [*ROLES]})]
    repository: Annotated[str, Meta(description="a name, samples/*, or *")] = "*"


class RoleList(Struct):
    """All roles, in the order of their grants."""

    roles: list[RoleBody]


class TokenBody(Struct, forbid_unknown_fields=True):
    """A repository-scoped token to make. Without a password it gets two random ones."""

    name: AccountName
    scope_map: Annotated[
        str | dict[str, list[Annotated[str, Meta(extra_json_schema={"enum": [*ACTIONS]})]]],
        Meta(description="the name of a system scope map, or repositories with their actions"),
    ]
    password: Annotated[str, Meta(min_length=1)] | None = None


class NewToken(Struct):
    """A repository-scoped token with its passwords."""

    name: str
    passwords: list[str]


class TokenList(Struct):
    """The names of all repository-scoped tokens, and the repositories of each with their actions."""

    tokens: list[str]
    scope_maps: dict[str, dict[str, list[str]]]


class SnapshotId(Struct, forbid_unknown_fields=True):
    """The id of a snapshot."""

    id: str


class SnapshotEntry(Struct):
    """A snapshot: its time in nanoseconds since 1970, and the number of its repositories and tags."""

    id: str
    time: int
    repositories: int
    tags: int


class SnapshotList(Struct):
    """The ids of all snapshots, and each with its time and content."""

    snapshots: list[str]
    details: list[SnapshotEntry]
