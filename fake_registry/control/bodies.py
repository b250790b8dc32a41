"""The JSON bodies of the control API's requests."""

from collections.abc import Collection
from typing import Final

from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Request

from fake_registry.control.decoding import read_document
from fake_registry.spec.json_object import JsonObject

JSON: Final = "application/json"


def check_content_type(request: Request) -> None:
    """Refuse a body of another type than JSON. UnsupportedMediaType.

    A page of another origin can send some types without asking, but not this one (Fetch, CORS
    protocol).
    """
    if _has_body(request) and request.mimetype != JSON:
        found = repr(request.mimetype[:100]) if request.mimetype else "none"
        raise UnsupportedMediaType(f"expected Content-Type: {JSON}, found {found}")


def check_no_body(request: Request) -> None:
    """Refuse a body with members, at a route that has none. ValueError."""
    if request.get_data():
        decode_document(request, ())


def decode_document(request: Request, members: Collection[str] | None = None) -> JsonObject:
    """Return the JSON object that a request has as its body. ValueError.

    It has no members except those in `members`; None leaves this check to the caller.
    """
    document = read_document(request.get_data())
    for name in document:
        if members is not None and name not in members:
            known = f"one of {', '.join(members)}" if members else "no members"
            raise ValueError(f"expected {known}, found {name[:100]!r}")
    return document


def _has_body(request: Request) -> bool:
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    return is_chunked or bool(request.content_length)
