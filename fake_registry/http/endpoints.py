"""THE table: every endpoint's name, source, method, path, needed actions and handler; and from a request to a `Call`.

Endpoints are addressed by name everywhere: in faults, in recorded exchanges, in the wording of errors.
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound
from werkzeug.routing import Map, Rule

from fake_registry.auth.authority import Grant
from fake_registry.auth.tokens import Scope, grants
from fake_registry.http import acr, blobs, listings, manifests, oauth, storage
from fake_registry.http.call import Call, Endpoint
from fake_registry.http.request import Body, Request
from fake_registry.settings import Settings
from fake_registry.spec.errors import DigestInvalid, MethodUnsupported, NameInvalid, RegistryError, RouteUnknown
from fake_registry.spec.names import UploadId, parse_digest, parse_reference, parse_repository_name, parse_tag

TAG_LIST = "tag list"
"""Stands for the action of `Settings.tag_list_scope`."""

_V2 = "/v2/<path:repository>"
_ACR = "/acr/v1/<path:repository>"
_STORED = "/<account>//docker/registry/v2/blobs/<algorithm>/<prefix>/<encoded>/data"

_ROWS = (
    ("base", "end-1", "GET", "/v2/", (), listings.base),
    ("blob.get", "end-2", "GET", f"{_V2}/blobs/<digest>", ("pull",), blobs.get_blob),
    ("blob.head", "end-2", "HEAD", f"{_V2}/blobs/<digest>", ("pull",), blobs.head_blob),
    ("blob.delete", "end-10", "DELETE", f"{_V2}/blobs/<digest>", ("delete",), blobs.delete_blob),
    ("upload.start", "end-4, end-11", "POST", f"{_V2}/blobs/uploads/", ("pull", "push"), blobs.start_upload),
    ("upload.chunk", "end-5", "PATCH", f"{_V2}/blobs/uploads/<upload>", ("pull", "push"), blobs.append_chunk),
    ("upload.finish", "end-6", "PUT", f"{_V2}/blobs/uploads/<upload>", ("pull", "push"), blobs.finish_upload),
    ("upload.status", "end-13", "GET", f"{_V2}/blobs/uploads/<upload>", ("pull", "push"), blobs.upload_status),
    ("upload.cancel", "end-14", "DELETE", f"{_V2}/blobs/uploads/<upload>", ("delete",), blobs.cancel_upload),
    ("manifest.get", "end-3", "GET", f"{_V2}/manifests/<reference>", ("pull",), manifests.get_manifest),
    ("manifest.head", "end-3", "HEAD", f"{_V2}/manifests/<reference>", ("pull",), manifests.head_manifest),
    ("manifest.put", "end-7", "PUT", f"{_V2}/manifests/<reference>", ("pull", "push"), manifests.put_manifest),
    ("manifest.delete", "end-9", "DELETE", f"{_V2}/manifests/<reference>", ("delete",), manifests.delete_manifest),
    ("tags.list", "end-8", "GET", f"{_V2}/tags/list", (TAG_LIST,), listings.list_tags),
    ("referrers.list", "end-12", "GET", f"{_V2}/referrers/<digest>", ("pull",), listings.list_referrers),
    ("catalog.list", "CNCF distribution", "GET", "/v2/_catalog", ("*",), listings.list_repositories),
    ("acr.catalog", "Repository - Get List", "GET", "/acr/v1/_catalog", ("*",), listings.list_repositories),
    ("acr.repository.get", "Repository - Get Properties", "GET", _ACR, ("metadata_read",), acr.get_repository),
    (
        "acr.repository.update",
        "Repository - Update Attributes",
        "PATCH",
        _ACR,
        ("metadata_write",),
        acr.update_repository,
    ),
    ("acr.repository.delete", "Repository - Delete", "DELETE", _ACR, ("delete",), acr.delete_repository),
    ("acr.tags.list", "Tag - Get List", "GET", f"{_ACR}/_tags", ("metadata_read",), acr.list_tags),
    ("acr.tag.get", "Tag - Get Properties", "GET", f"{_ACR}/_tags/<tag>", ("metadata_read",), acr.get_tag),
    ("acr.tag.update", "Tag - Update Attributes", "PATCH", f"{_ACR}/_tags/<tag>", ("metadata_write",), acr.update_tag),
    ("acr.tag.delete", "Tag - Delete", "DELETE", f"{_ACR}/_tags/<tag>", ("delete",), acr.delete_tag),
    ("acr.manifests.list", "Manifest - Get List", "GET", f"{_ACR}/_manifests", ("metadata_read",), acr.list_manifests),
    (
        "acr.manifest.get",
        "Manifest - Get Properties",
        "GET",
        f"{_ACR}/_manifests/<digest>",
        ("metadata_read",),
        acr.get_manifest,
    ),
    (
        "acr.manifest.update",
        "Manifest - Update Attributes",
        "PATCH",
        f"{_ACR}/_manifests/<digest>",
        ("metadata_write",),
        acr.update_manifest,
    ),
    ("oauth.exchange", "AAD-OAuth", "POST", "/oauth2/exchange", None, oauth.exchange),
    ("oauth.token", "AAD-OAuth", "POST", "/oauth2/token", None, oauth.post_token),
    ("oauth.token", "Token-BasicAuth", "GET", "/oauth2/token", None, oauth.get_token),
    ("storage.blob", "acr-behaviour 8.3", "GET", _STORED, None, storage.get_blob),
)

ENDPOINTS = tuple(
    Endpoint(name=name, row=row, method=method, path=path, needs=needs, handler=handler)
    for name, row, method, path, needs, handler in _ROWS
)

_BASE_WITHOUT_SLASH = Endpoint(
    name="base",
    row="CNCF distribution",
    method="GET",
    path="/v2",
    needs=None,
    handler=listings.base_elsewhere,
)
"""Instead of the base in `Settings.redirect_to_base`: the router answers before anybody is asked who they are."""

NAMES = tuple(dict.fromkeys(endpoint.name for endpoint in ENDPOINTS))


BY_PATH = {
    path: {endpoint.method: endpoint for endpoint in ENDPOINTS if endpoint.path == path}
    for path in dict.fromkeys(endpoint.path for endpoint in ENDPOINTS)
}
"""The endpoints of each path by method."""

# Without strictness werkzeug neither redirects `/v2` nor repairs `a//b`, and a lax converter lets every name in,
# `a/tags/list` too: whether it is a name is `spec`'s to say.
_ROUTES = Map([Rule(path, endpoint=path) for path in BY_PATH], strict_slashes=False, merge_slashes=False).bind("")


@dataclass(frozen=True)
class Route:
    """Where a path leads: the endpoints there by method, and the names in the path as they came."""

    methods: Mapping[str, Endpoint]
    names: Mapping[str, str]

    def endpoint(self, method: str) -> Endpoint:
        """Return the endpoint that takes `method`; HEAD is served wherever GET is. MethodUnsupported."""
        endpoint = self.methods.get(method) or (self.methods.get("GET") if method == "HEAD" else None)
        if endpoint is None:
            allowed = dict.fromkeys((*self.methods, "HEAD") if "GET" in self.methods else self.methods)
            raise MethodUnsupported(method=method, allowed=tuple(allowed))
        return endpoint


@lru_cache(maxsize=4096)  # clients ask for few paths often, and matching costs more than most handlers
def route(path: str) -> Route:
    """Return where a path leads. RouteUnknown."""
    try:
        rule, names = _ROUTES.match(path)
    except NotFound:
        raise RouteUnknown(path=path) from None
    return Route(BY_PATH[rule], names)


def parse_call(request: Request, body: Body, settings: Settings) -> Call:
    """Return the request as its endpoint's handler takes it. RouteUnknown, MethodUnsupported; NameInvalid, TagInvalid,
    DigestInvalid, which are RouteUnknown where the router knows the grammar (`Settings.unrouted_as_text`)."""
    found = route(request.path)
    try:
        names = _parse_names(found.names)
    except RegistryError:
        if settings.unrouted_as_text:
            raise RouteUnknown(path=request.path) from None
        raise
    endpoint = found.endpoint(request.method)
    if endpoint.name == "base" and settings.redirect_to_base and not request.path.endswith("/"):
        endpoint = _BASE_WITHOUT_SLASH
    return Call(
        endpoint=endpoint,
        request=request,
        query=MultiDict(parse_qsl(request.query, keep_blank_values=True)) if request.query else _NO_QUERY,
        body=body,
        **names,
    )


_NO_QUERY: MultiDict[str, str] = MultiDict()


def _parse_names(names: Mapping[str, str]) -> dict[str, Any]:  # Any: each as its field in Call has it
    if "encoded" in names:
        return {"digest": parse_digest(f"{names['algorithm']}:{names['encoded']}")}
    return {name: _PARSERS[name](text) for name, text in names.items()}


_PARSERS = {
    "repository": parse_repository_name,
    "reference": parse_reference,
    "digest": parse_digest,
    "tag": parse_tag,
    "upload": UploadId,
}


def scopes_of(call: Call, settings: Settings) -> tuple[Scope, ...]:
    """Return what the caller's token must hold: the repository's scope, and a mount's source as well (3.2)."""
    needs = call.endpoint.needs
    if not needs:
        return ()
    if not call.repository:
        return (Scope("registry", "catalog", needs),)
    actions = tuple(settings.tag_list_scope if action == TAG_LIST else action for action in needs)
    target = Scope("repository", call.repository, actions)
    if call.endpoint.name == "upload.start" and "mount" in call.query:
        # What is none is the handler's to refuse: the token comes first.
        with suppress(DigestInvalid, NameInvalid):
            _, source = blobs.mount_of(call)
            if source is not None:
                return target, Scope("repository", source, ("pull",))
    return (target,)


_PULL_ANYWHERE = (Scope("repository", "*", ("pull",)),)


def as_granted(call: Call, grant: Grant) -> Call:
    """Return the call as its handler takes it, told what no challenge asks for: a mount without a source reads
    whichever repository has the blob, so it does for those alone who may read them all."""
    if call.endpoint.name != "upload.start" or "mount" not in call.query:
        return call
    return replace(call, reads_all=grants(grant.access, _PULL_ANYWHERE))
