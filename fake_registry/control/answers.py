"""The answers of the control API: JSON, nothing, and refusals."""

from collections.abc import Mapping
from typing import Any

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from fake_registry.journal.documents import json_text


def json_answer(document: Mapping[str, Any], *, status: int = 200) -> Response:
    """Return an answer with this JSON."""
    # Any: JSON
    return Response(json_text(dict(document)) + "\n", status, content_type="application/json")


def done() -> Response:
    """Return an answer without content."""
    return Response(status=204)


def refuse(refusal: HTTPException) -> Response:
    """Return a refusal as JSON, with the headers that belong to it: Allow, WWW-Authenticate."""
    headers = [(name, value) for name, value in refusal.get_headers() if name != "Content-Type"]
    answer = json_answer({"error": refusal.description}, status=refusal.code or 400)
    answer.headers.extend(headers)
    return answer
