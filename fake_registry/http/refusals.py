"""A `RegistryError` as a response: `wire.errors` says status and body, this adds the headers that go with a class."""

from werkzeug.wrappers import Request

from fake_registry.http.call import Answer, Call, whole
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
        error.facts.setdefault("content_range", request.headers.get("Content-Range", ""))
    wording = encode_error(error, profile=settings.profile, endpoint="" if call is None else call.endpoint.name)
    answer = whole(wording.body, wording.content_type or None, status=wording.status)
    match error:
        case Unauthorized():
            challenge = _challenge(error, request)
            if challenge is not None:
                answer.headers["WWW-Authenticate"] = encode_challenge(challenge)
        case MethodUnsupported():
            answer.headers["Allow"] = ", ".join(error.facts["allowed"])
        case RangeUnsatisfiable():
            answer.headers["Content-Range"] = encode_unsatisfied(error.facts["size"])
        case TooManyRequests():
            answer.headers["Retry-After"] = str(error.facts["retry_after"])
    return answer


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
