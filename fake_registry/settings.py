"""`Settings`: limits, page sizes, token lifetimes and named quirks of one registry, each with its
source.

A profile is a set of default values: `"acr"` is what real Azure Container Registry does, `"oci"` is
the distribution-spec to the letter. A value that is given explicitly wins over the profile's.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, Literal, Self, TypeVar, cast

from fake_registry.arguments import check_account, check_fields, check_type, names_text
from fake_registry.class_help import show_fields

Profile = Literal["acr", "oci"]
TagListScope = Literal["metadata_read", "pull"]
Auth = Literal["token", "anonymous-pull", "off"]
Domain = Literal["azurecr.io", "azurecr.us", "azurecr.cn"]

T = TypeVar("T")


class _FromProfile:
    """Placeholder for the profile's value, until `Settings.__post_init__` replaces it."""

    def __repr__(self) -> str:
        return "<the profile's value>"


_FROM_PROFILE = _FromProfile()


def _quirk(*, acr: T, oci: T) -> T:
    """Declare a setting whose default is its profile's value."""
    # The cast: dataclasses needs a Field here, readers see the value that replaces it.
    return cast(T, dataclasses.field(default=_FROM_PROFILE, metadata={"acr": acr, "oci": oci}))


TOKEN_USER: Final = "00000000-0000-0000-0000-000000000000"  # noqa: S105 - a user's name
"""The user whose password is one of the registry's tokens.

`az acr login --expose-token` prints the token, `docker login` sends it.
"""


@show_fields
@dataclass(frozen=True, kw_only=True)
class Settings:
    """The behaviour of one registry. Raises TypeError for an unknown name or a value of another
    type, ValueError for an invalid value.

    >>> Settings(profile="oci", default_page_size=10).default_page_size
    10
    """

    profile: Profile = "acr"
    """The default values of all quirks: `acr` behaves like real Azure Container Registry, `oci`
    follows the OCI distribution-spec to the letter."""

    name: str = "fake"
    """The registry's name; its login server is `NAME.azurecr.io`. Real names have 5 to 50 letters and digits
    (Microsoft's management API), so the default belongs to no real registry. A name that contains `service` or
    `scope` breaks the Java client."""

    domain: Domain = "azurecr.io"
    """The cloud: `azurecr.io` (public), `azurecr.us` (US government) or `azurecr.cn` (China)."""

    auth: Auth = "token"
    """`token`: ACR's exchange, scopes and expiry. `anonymous-pull`: the same, but reading needs no
    account (ACR's setting of that name). `off`: every caller may do everything, without a login."""

    admin_user: str | None = None
    """The user of the admin account (docs: container-registry-authentication, Admin account), which
    is off while it is None."""

    admin_password: str | None = dataclasses.field(default=None, repr=False)
    """The password of `admin_user`; one requires the other."""

    refresh_token_lifetime: timedelta = timedelta(seconds=11_700)
    """Lifetime of refresh tokens: `exp` minus `nbf` of recorded ones, 3 h 15 min (Azure SDK for Go
    recordings)."""

    access_token_lifetime: timedelta = timedelta(seconds=4_500)
    """Lifetime of access tokens: `exp` minus `nbf` of documented ones, 75 min (Azure/acr
    AAD-OAuth)."""

    anonymous_token_lifetime: timedelta = timedelta(seconds=1_200)
    """Lifetime of access tokens of callers without credentials, 20 min (a public recording of the
    Azure SDK for .NET, 2022; acr-behaviour 3.6)."""

    empty_scope_refused: bool = _quirk(acr=True, oci=False)
    """A request to /oauth2/token whose `scope` is present and empty answers 400 without a body; one
    without the field gets a token (containerd/nerdctl#737, a POST; GET is [I])."""

    acr_push_sets_locks: bool = True
    """The role AcrPush may change attributes, such as locks. Microsoft's documentation of roles says
    that it may not (MSDOC container-registry-rbac-built-in-roles-directory-reference), which was
    not seen on the wire [I]. True, so that tests which lock what they have pushed keep passing; set
    it to False to find code that relies on it."""

    max_manifest_bytes: int = 4 * 1024 * 1024
    """The largest manifest that is accepted, 4 MiB in both profiles: distribution-spec, Pushing
    Manifests ("at least 4 megabytes"); the SDKs check it."""

    upload_lifetime: timedelta = timedelta(days=7)
    """The time after which an upload to which nothing was added is gone: a week in CNCF distribution
    [I for ACR]."""

    max_unfinished_bytes: int = 16 * 1024 * 1024 * 1024
    """Bytes that unfinished uploads may take together, 4 KiB for each included. A request beyond is
    refused as at ACR's storage limit (acr-behaviour 12.3); the upload and all others stay."""

    max_recorded_requests: int = 10_000
    """Number of exchanges that `registry.requests` keeps. Its `dropped` is the number of older ones."""

    max_recorded_bytes: int = 64 * 1024 * 1024
    """Bytes of memory that these exchanges may take. Older ones are dropped; 10,000 usual exchanges
    take about 30 MB."""

    max_snapshot_bytes: int = 16 * 1024 * 1024
    """Bytes of content that snapshots of the control API keep through a reset, which drops those
    that find no room. Snapshots in Python are the caller's own."""

    default_page_size: int | None = _quirk(acr=100, oci=None)
    """Items per page without `n`; None returns all of them. ACR's 100 is inferred from one report
    (Azure/azure-powershell#16032) [I]."""

    max_page_size: int | None = _quirk(acr=1_000, oci=None)
    """Upper limit of `n` and `default_page_size`; None is no limit. ACR: Azure/acr#749."""

    blob_redirect: bool = _quirk(acr=True, oci=False)
    """GET of a blob answers 307 to a storage host, which refuses an Authorization header (.NET recording
    CanGetBlobLocation; Azure/acr#217). If the request's Host is not one we serve storage for (the login server,
    `localhost`, 127.0.0.1), the blob is sent directly (200), as the specification does."""

    accept_enforced: bool = _quirk(acr=True, oci=False)
    """GET of an OCI image or index whose type the Accept header does not name answers 404
    MANIFEST_UNKNOWN (Azure/acr PR 764), and so does GET of a Docker manifest by tag [I]. Artifact
    manifests are sent to every client (Java recording of 2026). The specification leaves it to the
    client to check Content-Type (Pulling manifests)."""

    referrers_go_with_subject: bool = _quirk(acr=True, oci=False)
    """Deleting a manifest deletes its referrers, unless they are locked [I]. ACR does so some time
    later (acr-cli, image_functions.go), the fake at once. The specification keeps them."""

    upload_survives_wrong_digest: bool = _quirk(acr=False, oci=True)
    """Closing an upload under a wrong digest leaves the upload as it was; otherwise the upload is
    removed [I for ACR]."""

    tag_delete_by_manifest_route: bool = _quirk(acr=False, oci=True)
    """DELETE /v2/N/manifests/TAG removes the tag (distribution-spec, Deleting tags). ACR answers
    405 UNSUPPORTED; it has a separate route."""

    tag_parameters: bool = _quirk(acr=False, oci=True)
    """PUT of a manifest by digest takes `?tag=` parameters (distribution-spec 1.2 draft, end-7b) [I
    for ACR]."""

    mount_from_anywhere: bool = _quirk(acr=False, oci=True)
    """A mount without `from` finds the blob in any repository (distribution-spec, Mounting a blob:
    MAY), for callers that may pull from all repositories [I for ACR]."""

    sparse_manifests: bool = False
    """A manifest may refer to absent blobs and manifests (distribution-spec, Push: MAY reject). ACR
    rejects it (Azure/azure-sdk-for-net#36076)."""

    unknown_manifest_types: bool = _quirk(acr=False, oci=True)
    """A manifest of an unknown media type is stored as it is. ACR answers 400 MANIFEST_INVALID
    (Azure/azure-sdk-for-net#17084) [I for custom types]."""

    null_empty_lists: bool = _quirk(acr=True, oci=False)
    """An empty list is encoded as `null` instead of `[]` (`"tags":null`: Python recordings;
    `repositories` [I])."""

    tag_list_scope: TagListScope = _quirk(acr="metadata_read", oci="pull")
    """The action that GET /v2/N/tags/list needs (ACR: Azure/acr#423)."""

    unrouted_as_text: bool = _quirk(acr=True, oci=False)
    """Paths that match no route, including malformed names and digests, answer the router's 404 in
    plain text, before authentication (Go recordings, GetManifestProperties_wrongDigest). The login
    answers an empty 404, also to a method that it lacks (Azure/acr#166; the body is [I]). Otherwise
    such paths answer the specification's JSON, and such methods 405."""

    empty_orderby_in_links: bool = _quirk(acr=True, oci=False)
    """A Link contains `&orderby=` even if the request did not (Python recordings; spinnaker#7065 is
    a client that broke on it)."""

    digest_in_links: bool = _quirk(acr=False, oci=True)
    """The Link of a list of one manifest's tags, `_tags?digest=D`, contains `digest`. ACR drops it:
    a client that follows the Link alone gets other manifests' tags from page 2 on (Java recordings
    of 2026)."""

    service_headers: bool = _quirk(acr=True, oci=False)
    """Answers have all headers of ACR's, such as correlation and request ids, HSTS and CORS, in
    ACR's order (Go recordings; acr-behaviour 2); otherwise the specification's headers and
    Docker-Distribution-Api-Version."""

    max_header_field_bytes: int | None = _quirk(acr=8_192, oci=None)
    """The longest header field, with its name and the end of its line; None is no limit. A longer
    one answers 400 with nginx's page, such as that of a password of 6,090 characters for the user
    whose password is a token (Azure/acr#797)."""

    redirect_to_base: bool = _quirk(acr=True, oci=False)
    """GET /v2 answers 301 to /v2/, as CNCF distribution does [I for ACR]; otherwise both paths are
    equal."""

    error_wording: Profile = _quirk(acr="acr", oci="oci")
    """Codes, messages, details and statuses of errors: ACR's (recordings, acr-behaviour 6) or the
    specification's (Error Codes)."""

    def __new__(cls, **values: object) -> Self:
        """Raise TypeError, with the known names, for an unknown one."""
        names = [field.name for field in dataclasses.fields(cls)]
        for name in values:
            if name not in names:
                known = names_text(name, names)
                raise TypeError(f"there is no setting {name!r}; the settings are {known}")
        return super().__new__(cls)

    def __post_init__(self) -> None:
        check_type("profile", self.profile, Profile)

        inherited = [field for field in dataclasses.fields(self) if getattr(self, field.name) is _FROM_PROFILE]
        for field in inherited:
            object.__setattr__(self, field.name, field.metadata[self.profile])

        object.__setattr__(self, "_inherited", frozenset(field.name for field in inherited))
        self._check()

    def _check(self) -> None:
        check_fields(self)
        if not (self.name.isascii() and self.name.isalnum()):
            raise ValueError(f"name: expected ASCII letters and digits, found {self.name!r}")

        if (self.admin_user is None) != (self.admin_password is None):
            found = "admin_password" if self.admin_user is None else "admin_user"
            raise ValueError(f"expected both admin_user and admin_password, or neither, found {found} alone")
        if self.admin_user is not None and self.admin_password is not None:
            check_account("the admin user", self.admin_user, [self.admin_password])
        if self.admin_user == TOKEN_USER:
            raise ValueError(f"admin_user: expected a name that logins by token do not use, found {TOKEN_USER!r}")

        for name in _COUNTS:
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name}: expected at least 1, found {value}")

        for name in _LIFETIMES:
            if getattr(self, name) < timedelta(seconds=1):
                raise ValueError(f"{name}: expected at least one second, found {getattr(self, name)}")

    def evolve(self, **changes: Any) -> Self:  # Any: the fields' own types are checked where they are set
        """Return a copy with `changes`. Values that came from the profile follow a new profile."""
        inherited: frozenset[str] = vars(self)["_inherited"]
        explicit = {name: value for name, value in vars(self).items() if name not in {*inherited, "_inherited"}}
        return type(self)(**{**explicit, **changes})

    @property
    def login_server(self) -> str:
        """The host name that clients log in to, `NAME.azurecr.io` in lower case."""
        return f"{self.name.lower()}.{self.domain}"

    @property
    def storage_host(self) -> str:
        """The host that blob downloads are redirected to, named like ACR's dedicated data
        endpoints."""
        return f"{self.name.lower()}.{_REGIONS[self.domain]}.data.{self.domain}"


_REGIONS: Mapping[Domain, str] = {
    "azurecr.io": "eastus",
    "azurecr.us": "usgovvirginia",
    "azurecr.cn": "chinaeast2",
}

_LIFETIMES: Final = (
    "refresh_token_lifetime",
    "access_token_lifetime",
    "anonymous_token_lifetime",
    "upload_lifetime",
)
"""Settings that are at least a second."""

_COUNTS: Final = (
    "default_page_size",
    "max_page_size",
    "max_manifest_bytes",
    "max_header_field_bytes",
    "max_unfinished_bytes",
    "max_recorded_requests",
    "max_recorded_bytes",
    "max_snapshot_bytes",
)
"""Settings that are at least 1, or None."""
