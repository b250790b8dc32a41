"""The vocabulary of endpoints: one row each, with every fact that other packages need of it."""

from fake_registry.spec.endpoints.endpoint import (
    TAG_LIST,
    UNSPECIFIC,
    Action,
    Endpoint,
    EndpointName,
    Family,
    HttpMethod,
    Quota,
    Resource,
    StatusErrors,
)
from fake_registry.spec.endpoints.table import (
    BASE_WITHOUT_SLASH,
    CONTENT_CHANGES,
    ENDPOINTS,
    NAMES,
    check_endpoint_pattern,
    endpoint_of,
    is_login_path,
    is_registry_path,
)

__all__ = [
    "BASE_WITHOUT_SLASH",
    "CONTENT_CHANGES",
    "ENDPOINTS",
    "NAMES",
    "TAG_LIST",
    "UNSPECIFIC",
    "Action",
    "Endpoint",
    "EndpointName",
    "Family",
    "HttpMethod",
    "Quota",
    "Resource",
    "StatusErrors",
    "check_endpoint_pattern",
    "endpoint_of",
    "is_login_path",
    "is_registry_path",
]
