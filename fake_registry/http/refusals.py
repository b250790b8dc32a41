"""The answer to a `RegistryError`: status and body by `wire.errors`, headers by its class."""

from functools import lru_cache
from typing import Any

from fake_registry.http.answers import Answer, whole
from fake_registry.http.call import Backend, Call
from fake_registry.http.request import Request
from fake_registry.settings import Profile
from fake_registry.spec.endpoints import (
    Endpoint,
    EndpointName,
    Family,
    endpoint_of,
    is_login_path,
)
from fake_registry.spec.errors import (
    NO_CREDENTIALS,
    BlobUploadRangeInvalid,
    MethodUnsupported,
    RangeUnsatisfiable,
    RegistryError,
    TooManyRequests,
    Unauthorized,
)
from fake_registry.spec.text_cache import LONGEST_KEY
from fake_registry.wire.acr_time import encode_fixed
from fake_registry.wire.challenge import BASIC, Challenge, bearer, encode_challenge
from fake_registry.wire.errors import encode_error
from fake_registry.wire.ranges import encode_unsatisfied

_LOGIN = endpoint_of(EndpointName.OAUTH_TOKEN)

_Origin = tuple[str, str]
"""The scheme and the host by which the client knows the registry."""


def refusal(
    error: RegistryError,
    request: Request,
    call: Call | None,
    backend: Backend,
) -> Answer:
    """Return the answer to an error; `call` is None if no endpoint was found."""
    profile, origin = backend.settings.error_wording, (request.scheme, request.host)
    if error.facts.get("failure") is NO_CREDENTIALS and len(request.host) <= LONGEST_KEY:
        endpoint, facts = _endpoint_of(request, call), tuple(error.facts.items())
        return _refusal_without_credentials(error.reason, facts, endpoint, profile, origin)

    if isinstance(error, BlobUploadRangeInvalid):
        error.facts.setdefault("content_range", request.header("Content-Range") or "")

    endpoint = _endpoint_of(request, call)
    if endpoint is not None and endpoint.family is Family.STORAGE:
        error.facts["request_id"] = backend.new_id()
        error.facts["time"] = encode_fixed(backend.clock.now())

    return _encode(error, endpoint, profile, origin)


@lru_cache(maxsize=64)
def _refusal_without_credentials(
    reason: str,
    facts: tuple[tuple[str, Any], ...],  # Any: as `RegistryError` has them
    endpoint: Endpoint | None,
    profile: Profile,
    origin: _Origin,
) -> Answer:
    """Return the answer to a call without a token: many clients make one before each login."""
    return _encode(Unauthorized(reason, **dict(facts)), endpoint, profile, origin)


def _encode(
    error: RegistryError,
    endpoint: Endpoint | None,
    profile: Profile,
    origin: _Origin,
) -> Answer:
    wording = encode_error(error, profile=profile, endpoint=endpoint)
    headers = {**_headers_of(error, origin), **wording.headers}
    return whole(wording.body, wording.content_type, headers, status=wording.status)


def _endpoint_of(request: Request, call: Call | None) -> Endpoint | None:
    """Return the endpoint whose wording applies: that of the login for all paths below it."""
    if call is not None:
        return call.endpoint
    return _LOGIN if is_login_path(request.path) else None


def _headers_of(error: RegistryError, origin: _Origin) -> dict[str, str]:
    match error:
        case Unauthorized():
            challenge = _challenge_of(error, origin)
            return {} if challenge is None else {"WWW-Authenticate": encode_challenge(challenge)}
        case MethodUnsupported():
            return {"Allow": ", ".join(error.facts["allowed"])}
        case RangeUnsatisfiable():
            return {"Content-Range": encode_unsatisfied(error.facts["size"])}
        case TooManyRequests():
            return {"Retry-After": str(error.facts["retry_after"])}
    return {}


def _challenge_of(error: Unauthorized, origin: _Origin) -> Challenge | None:
    scheme, host = origin
    match error.facts.get("challenge"):
        case "bearer":
            return bearer(
                realm=f"{scheme}://{host}{_LOGIN.path}",
                service=host,
                scope=error.facts["scopes"] or None,
                error=error.facts["error"],
            )
        case "basic":
            return BASIC
    return None


def is_refused_login(error: RegistryError, call: Call | None) -> bool:
    """Return whether the message of this error has the id that the headers have."""
    is_login = call is not None and call.endpoint.family is Family.OAUTH
    return is_login and isinstance(error, Unauthorized)


def without_frames(error: RegistryError) -> RegistryError:
    """Return an error that refers to no frame.

    The frames refer to the passage, which keeps the error: only the garbage collector would free
    such a cycle, with the client's response.
    """
    error.__traceback__ = error.__cause__ = error.__context__ = None
    return error
