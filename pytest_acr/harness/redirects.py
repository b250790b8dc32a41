"""Redirects that a target follows: those of GET and HEAD, as the documents ask."""

from dataclasses import replace
from typing import Final

from pytest_acr.harness.messages import RawRequest, RawResponse

MAX_REDIRECTS: Final = 5

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SAFE_METHODS: Final = frozenset({"GET", "HEAD"})


def redirect_of(request: RawRequest, response: RawResponse) -> str | None:
    """Return the Location to follow; None for a response that is final."""
    is_followed = request.redirects and request.method in _SAFE_METHODS
    if not is_followed or response.status not in _REDIRECTS:
        return None
    return response.header("location") or None


def without_authorization(request: RawRequest) -> RawRequest:
    """Return the request that may be sent to another host: RFC 9110 §15.4."""
    headers = tuple(field for field in request.headers if field[0].lower() != "authorization")
    return replace(request, headers=headers)
