"""The JSON bodies of the control API's requests."""

from typing import Final

from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wrappers import Request

from fake_registry.control.decoding import read_document
from fake_registry.control.refusals import unknown_name_text

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
    if not request.get_data():
        return
    for name in read_document(request.get_data()):
        raise ValueError(unknown_name_text(name, ()))


def _has_body(request: Request) -> bool:
    is_chunked = "chunked" in request.headers.get("Transfer-Encoding", "").lower()
    return is_chunked or bool(request.content_length)
