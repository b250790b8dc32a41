"""`decode_json`: the JSON in a response's body, in bounded memory."""

import json
from typing import Any, Final

from pytest_acr.harness.messages import RawResponse

Json = Any  # Any: what a registry sends, before it was checked

MAX_JSON_BYTES: Final = 2 * 1024 * 1024
"""Of a body. A value can take thirty times the memory of its text; no list of a run is as long."""


def decode_json(response: RawResponse) -> Json:
    """Return the JSON value of a body; None for anything else, and for a longer body."""
    if len(response.body) > MAX_JSON_BYTES:
        return None

    try:
        return json.loads(response.body)
    except (ValueError, RecursionError):
        return None


def text_in(response: RawResponse, name: str) -> str | None:
    """Return a member of the JSON object in a body; None unless it is a text."""
    document = decode_json(response)
    found = document.get(name) if isinstance(document, dict) else None
    return found if isinstance(found, str) else None
