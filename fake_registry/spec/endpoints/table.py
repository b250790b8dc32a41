"""All endpoints, and how to find them by name."""

from dataclasses import replace
from typing import Final

from fake_registry.arguments import names_text
from fake_registry.spec.endpoints.acr import ACR_ENDPOINTS
from fake_registry.spec.endpoints.endpoint import Endpoint, EndpointName, HttpMethod
from fake_registry.spec.endpoints.oci import REGISTRY_ENDPOINTS
from fake_registry.spec.patterns import matches

ENDPOINTS: Final = (*REGISTRY_ENDPOINTS, *ACR_ENDPOINTS)

NAMES: Final = tuple(name.value for name in EndpointName)

_LOGIN: Final = "oauth2"
_FORWARDED: Final = frozenset({"v2", "acr", _LOGIN, "helm"})

_BY_NAME: Final = {endpoint.name: endpoint for endpoint in reversed(ENDPOINTS)}
_BY_METHOD: Final = {(endpoint.name, endpoint.method): endpoint for endpoint in ENDPOINTS}

CONTENT_CHANGES: Final = frozenset(
    {
        EndpointName.MANIFEST_PUT,
        EndpointName.MANIFEST_DELETE,
        EndpointName.ACR_REPOSITORY_UPDATE,
        EndpointName.ACR_REPOSITORY_DELETE,
        EndpointName.ACR_TAG_UPDATE,
        EndpointName.ACR_TAG_DELETE,
        EndpointName.ACR_MANIFEST_UPDATE,
    }
)
"""The endpoints that change what lists, manifests and attributes of a repository return."""


def endpoint_of(name: EndpointName, method: HttpMethod | None = None) -> Endpoint:
    """Return the endpoint, or the first with this name. Raises KeyError for another `method`."""
    return _BY_NAME[name] if method is None else _BY_METHOD[name, method]


BASE_WITHOUT_SLASH: Final = replace(
    endpoint_of(EndpointName.BASE),
    source="CNCF distribution",
    path="/v2",
    needs=None,
)
"""Replaces the base with `Settings.redirect_to_base`: the router redirects before authorization."""


def check_endpoint_pattern(pattern: str) -> None:
    """Raise ValueError, with the names of all endpoints, unless `pattern` matches one of them.

    Patterns are those of `fnmatch`: `upload.chunk`, `upload.*`, `*`.
    """
    if len(pattern) > _LONGEST_PATTERN:
        found = len(pattern)
        raise ValueError(f"endpoint: expected at most {_LONGEST_PATTERN} characters, found {found}")
    if not any(matches(pattern, name) for name in NAMES):
        known = names_text(pattern, NAMES)
        raise ValueError(f"there is no endpoint {pattern!r}; the endpoints are {known}")


_LONGEST_PATTERN: Final = 200


def is_registry_path(path: str) -> bool:
    """Return whether ACR's front end forwards requests for `path` (acr-behaviour 2.3)."""
    return _first_segment_of(path) in _FORWARDED


def is_login_path(path: str) -> bool:
    """Return whether `path` is for ACR's login, which answers what it does not route itself."""
    return _first_segment_of(path) == _LOGIN


def _first_segment_of(path: str) -> str:
    first, _, _ = path.removeprefix("/").partition("/")
    return first
