"""Requests to the control API of fake_registry: accounts, roles, the clock and faults.

The paths are those of docs/how-to/control-api.md.
"""

import json
from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from fake_registry.spec.json_object import JsonObject
from pytest_acr.harness.json_bodies import decode_json
from pytest_acr.harness.messages import RawRequest, RawResponse, TargetFailed

_JSON: Final = ("Content-Type", "application/json")


class ControlApi:
    """Sends requests below /_fake/, by a function that returns their responses."""

    def __init__(self, send: Callable[[RawRequest], RawResponse]) -> None:
        self._send_request = send

    def get(self, path: str) -> JsonObject:
        """Return the JSON object at a path. TargetFailed."""
        return self._document_of(self._send("GET", path))

    def post(self, path: str, document: JsonObject) -> JsonObject:
        """Send a JSON object, and return the one of the answer: empty for none. TargetFailed."""
        return self._document_of(self._send("POST", path, json.dumps(document).encode()))

    def delete(self, path: str, name: str) -> None:
        """Delete the account, role or fault of this name. Nothing happens if it is absent."""
        self._send("DELETE", f"{path}/{quote(name, safe='')}")

    def _send(self, method: str, path: str, body: bytes = b"") -> RawResponse:
        headers = (_JSON,) if body else ()
        request = RawRequest(method, f"/_fake/{path}", headers, body, login=False)
        return self._send_request(request)

    def _document_of(self, response: RawResponse) -> JsonObject:
        if response.status // 100 != 2:
            found = f"status {response.status}, {response.body[:200]!r}"
            raise TargetFailed(f"expected success of the control API, found {found}")
        if not response.body:
            return {}

        document = decode_json(response)
        if not isinstance(document, dict):
            found = repr(response.body[:200])
            raise TargetFailed(f"expected a JSON object of the control API, found {found}")
        return document
