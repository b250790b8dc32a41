"""From a request to a `Call`: the endpoint that serves its path and method, and the names in it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from string import Formatter
from typing import Any, Final

from fake_registry.http.call import Call
from fake_registry.http.path_matcher import PathMatcher
from fake_registry.http.request import Request, RequestBody, parse_fields
from fake_registry.settings import Settings
from fake_registry.spec.endpoints import (
    BASE_WITHOUT_SLASH,
    ENDPOINTS,
    Endpoint,
    EndpointName,
    Family,
    is_login_path,
)
from fake_registry.spec.errors import MethodUnsupported, RegistryError, RouteUnknown
from fake_registry.spec.names import (
    UploadId,
    parse_digest,
    parse_reference,
    parse_repository_name,
    parse_tag,
)
from fake_registry.spec.text_cache import TextCache

_PARSERS: Final = {
    "repository": parse_repository_name,
    "reference": parse_reference,
    "digest": parse_digest,
    "tag": parse_tag,
    "upload": UploadId,
}
"""Parsers of the names in paths; each is an attribute of `Call`."""

_STORAGE_NAMES: Final = {"account", "algorithm", "prefix", "encoded"}
"""Names in storage's path, which are together one digest."""


@dataclass(frozen=True)
class Route:
    """A known path: its endpoints by method, and the names in the path."""

    methods: Mapping[str, Endpoint]
    names: Mapping[str, Any]  # Any: each name has its own type

    def endpoint(self, method: str) -> Endpoint:
        """Return the endpoint for `method`; GET also serves HEAD. Raises MethodUnsupported.

        Storage receives every method, which it refuses in a form of its own.
        """
        endpoint = self.methods.get(method)
        if endpoint is not None:
            return endpoint

        get = self.methods.get("GET")
        if get is not None and (method == "HEAD" or get.family is Family.STORAGE):
            return get

        allowed = list(self.methods)
        if "GET" in self.methods and "HEAD" not in self.methods:
            allowed.append("HEAD")
        raise MethodUnsupported(method=method, allowed=tuple(allowed))


class Router:
    """Finds the endpoints of a path. Safe to use from several threads.

    Raises ValueError for a name in an endpoint's path that has no parser.
    """

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._by_path: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            _check_names(endpoint)
            self._by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint

        self._matcher = PathMatcher(self._by_path)

    def route(self, path: str) -> Route:
        """Return the route of a path without a query.

        Raises RouteUnknown, or NameInvalid, TagInvalid or DigestInvalid for a malformed name.
        """
        match = self._matcher.match(path)
        if match is None:
            raise RouteUnknown(path=path)
        found, names = match
        return Route(self._by_path[found], _parse_names(names))


def _check_names(endpoint: Endpoint) -> None:
    for _, name, _, _ in Formatter().parse(endpoint.path):
        if name and name not in _PARSERS and name not in _STORAGE_NAMES:
            where = f"{endpoint.method} {endpoint.name}: the path"
            raise ValueError(f"{where} has {{{name}}}, expected one of {', '.join(_PARSERS)}")


_ROUTER: Final = Router(ENDPOINTS)


ROUTES: Final = TextCache(_ROUTER.route, entries=4096)
"""The route of each path without a query, as `Router.route` finds it.

Clients use few paths often, and matching costs more than most handlers.
"""


def parse_call(request: Request, body: RequestBody, settings: Settings) -> Call:
    """Return the request as the handler of its endpoint receives it.

    Raises RouteUnknown, MethodUnsupported, and for a malformed name NameInvalid, TagInvalid or
    DigestInvalid. With `Settings.unrouted_as_text` it raises RouteUnknown instead of the last
    three, and for a method that the login lacks (Azure/acr#166).
    """
    try:
        found = ROUTES[request.path]
        endpoint = found.endpoint(request.method)
    except RegistryError as error:
        if settings.unrouted_as_text and _is_router_miss(error, request.path):
            raise RouteUnknown(path=request.path) from None
        raise

    if endpoint.name is EndpointName.BASE and settings.redirect_to_base:
        endpoint = _redirecting_base(endpoint, request.path)

    query = _QUERIES[request.query]
    return Call(endpoint=endpoint, request=request, query=query, body=body, **found.names)


def _is_router_miss(error: RegistryError, path: str) -> bool:
    """Return whether ACR answers this error of the router's as if the path did not exist."""
    return not isinstance(error, MethodUnsupported) or is_login_path(path)


_QUERIES: Final = TextCache(parse_fields, entries=128, longest=128)
"""The parameters of each short query. Most requests have none, and each login has the same."""


def _redirecting_base(base: Endpoint, path: str) -> Endpoint:
    return base if path.endswith("/") else BASE_WITHOUT_SLASH


def _parse_names(names: Mapping[str, str]) -> dict[str, Any]:  # Any: each name has its own type
    if names.keys() == _STORAGE_NAMES:
        return {"digest": parse_digest(f"{names['algorithm']}:{names['encoded']}")}
    return {name: _PARSERS[name](text) for name, text in names.items()}
