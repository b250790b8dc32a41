"""A `RegistryError` as a response: `wire.errors` says status and body, this adds the headers that go with a class."""

from fake_registry.http.answers import Answer, whole
from fake_registry.http.call import Call
from fake_registry.http.request import Request
from fake_registry.settings import Settings
from fake_registry.spec.errors import (
    BlobUploadRangeInvalid,
    MethodUnsupported,
    RangeUnsatisfiable,
    RegistryError,
    TooManyRequests,
    Unauthorized,
)
from fake_registry.wire.challenge import BASIC, Challenge, bearer, encode_challenge
from fake_registry.wire.errors import encode_error
from fake_registry.wire.ranges import encode_unsatisfied


def refusal(error: RegistryError, request: Request, call: Call | None, settings: Settings) -> Answer:
    """Return the answer that an error is."""
    if isinstance(error, BlobUploadRangeInvalid):
        error.facts.setdefault("content_range", request.header("Content-Range") or "")
    endpoint = None if call is None else call.endpoint
    wording = encode_error(error, profile=settings.error_wording, endpoint=endpoint)
    return whole(wording.body, wording.content_type, _headers(error, request), status=wording.status)


def _headers(error: RegistryError, request: Request) -> dict[str, str]:
    match error:
        case Unauthorized():
            challenge = _challenge(error, request)
            return {} if challenge is None else {"WWW-Authenticate": encode_challenge(challenge)}
        case MethodUnsupported():
            return {"Allow": ", ".join(error.facts["allowed"])}
        case RangeUnsatisfiable():
            return {"Content-Range": encode_unsatisfied(error.facts["size"])}
        case TooManyRequests():
            return {"Retry-After": str(error.facts["retry_after"])}
    return {}


def _challenge(error: Unauthorized, request: Request) -> Challenge | None:
    match error.facts.get("challenge"):
        case "bearer":
            return bearer(
                realm=f"{request.scheme}://{request.host}/oauth2/token",
                service=request.host,
                scope=error.facts["scopes"] or None,
                error=error.facts["error"],
            )
        case "basic":
            return BASIC
    return None
