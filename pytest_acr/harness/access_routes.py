"""`ROUTES`: the routes of a registry, with what each needs of a token: acr-behaviour 3.2.

A request to any of them changes nothing: it concerns absent content, or it is malformed. So each
can be sent with each token, in any order.
"""

from dataclasses import dataclass, field
from typing import Final

from pytest_acr.harness.access_model import CATALOG, Needs
from pytest_acr.harness.messages import RawRequest
from pytest_acr.harness.model import digest_of

_ABSENT: Final = digest_of(b"never pushed")
_UPLOAD: Final = "/v2/{name}/blobs/uploads/00000000-0000-0000-0000-000000000000"
_PULL: Final = ("pull",)
_PUSH: Final = ("pull", "push")
_DELETE: Final = ("delete",)
_READ: Final = ("metadata_read",)
_WRITE: Final = ("metadata_write",)
_MANIFEST: Final = {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}
_JSON: Final = {"Content-Type": "application/json"}


@dataclass(frozen=True, kw_only=True)
class AccessRoute:
    """A method at a path. `{name}` in the path is the repository."""

    method: str
    path: str
    actions: tuple[str, ...] = ()
    """Actions on the repository that the token has to allow; none for the base."""
    is_catalog: bool = False
    is_acr: bool = False
    """Whether ACR alone has the route."""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def request(self, name: str, authorization: str | None) -> RawRequest:
        """Return the request for a repository, with an Authorization or without."""
        own = {} if authorization is None else {"Authorization": authorization}
        headers = tuple({**self.headers, **own}.items())
        path = self.path.format(name=name)

        return RawRequest(
            self.method,
            path,
            headers,
            self.body,
            login=False,
            redirects=False,
        )

    def needs(self, name: str, *, is_acr: bool) -> Needs:
        """Return what a token has to grant. ACR lists tags for metadata_read, others for pull."""
        if self.is_catalog:
            return {CATALOG: frozenset({"*"})}

        if not self.actions:
            return {}

        if self.path.endswith("/tags/list") and not is_acr:
            return {f"repository:{name}": frozenset(_PULL)}
        return {f"repository:{name}": frozenset(self.actions)}


def _row(method: str, path: str, *actions: str) -> AccessRoute:
    return AccessRoute(method=method, path=path, actions=actions)


def _acr_row(method: str, path: str, *actions: str) -> AccessRoute:
    full = f"/acr/v1/{{name}}{path}"
    if method != "PATCH":
        return AccessRoute(method=method, path=full, actions=actions, is_acr=True)
    return AccessRoute(
        method=method,
        path=full,
        actions=actions,
        is_acr=True,
        headers=_JSON,
        body=b'{"listEnabled": true}',
    )


ROUTES: Final = (
    _row("GET", "/v2/{name}/tags/list", *_READ),
    _row("GET", "/v2/{name}/manifests/absent", *_PULL),
    _row("HEAD", f"/v2/{{name}}/blobs/{_ABSENT}", *_PULL),
    _row("GET", f"/v2/{{name}}/blobs/{_ABSENT}", *_PULL),
    _row("GET", f"/v2/{{name}}/referrers/{_ABSENT}", *_PULL),
    AccessRoute(
        method="PUT",
        path="/v2/{name}/manifests/malformed",
        actions=_PUSH,
        headers=_MANIFEST,
        body=b"{}",
    ),
    _row("POST", "/v2/{name}/blobs/uploads/?digest=malformed", *_PUSH),
    _row("PATCH", _UPLOAD, *_PUSH),
    _row("PUT", f"{_UPLOAD}?digest={_ABSENT}", *_PUSH),
    _row("GET", _UPLOAD, *_PUSH),
    _row("DELETE", _UPLOAD, *_DELETE),
    _row("DELETE", f"/v2/{{name}}/manifests/{_ABSENT}", *_DELETE),
    _row("DELETE", f"/v2/{{name}}/blobs/{_ABSENT}", *_DELETE),
    AccessRoute(method="GET", path="/v2/_catalog", is_catalog=True),
    AccessRoute(method="GET", path="/v2/"),
    AccessRoute(method="GET", path="/acr/v1/_catalog", is_catalog=True, is_acr=True),
    _acr_row("GET", "", *_READ),
    _acr_row("GET", "/_tags", *_READ),
    _acr_row("GET", "/_tags/absent", *_READ),
    _acr_row("GET", "/_manifests", *_READ),
    _acr_row("GET", f"/_manifests/{_ABSENT}", *_READ),
    _acr_row("PATCH", "/_tags/absent", *_WRITE),
    _acr_row("PATCH", f"/_manifests/{_ABSENT}", *_WRITE),
    _acr_row("DELETE", "/_tags/absent", *_DELETE),
)
"""The simplest route first. `metadata_read` of the list of tags is for ACR."""


def routes_of(*, is_acr: bool) -> tuple[AccessRoute, ...]:
    """Return the routes that a registry has."""
    return tuple(route for route in ROUTES if is_acr or not route.is_acr)
