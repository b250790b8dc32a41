"""The answers of the control API: JSON, nothing, and refusals."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, cast

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from fake_registry.control.events import EventStream
from fake_registry.journal.documents import json_text

EVENTS: Final = "text/event-stream"
"""The media type of server-sent events (HTML, Server-sent events)."""


def json_answer(document: Mapping[str, Any], *, status: int = 200) -> Response:
    """Return an answer with this JSON."""
    # Any: JSON
    return Response(json_text(dict(document)) + "\n", status, content_type="application/json")


def stream_answer(stream: EventStream) -> Response:
    """Return an answer with events. It is closed with the stream."""
    pieces = cast(Iterable[bytes], stream)  # and pauses, as `wsgi.pieces_for` passes them on
    answer = Response(pieces, content_type=EVENTS)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def done() -> Response:
    """Return an answer without content."""
    return Response(status=204)


def refuse(refusal: HTTPException) -> Response:
    """Return a refusal as JSON, with the headers that belong to it: Allow, WWW-Authenticate."""
    headers = [(name, value) for name, value in refusal.get_headers() if name != "Content-Type"]
    answer = json_answer({"error": refusal.description}, status=refusal.code or 400)
    answer.headers.extend(headers)
    return answer
