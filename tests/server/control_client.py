"""A client of the control API of a registry, without a socket."""

import json
from typing import Any

from werkzeug.test import Client, TestResponse

from fake_registry import FakeRegistry
from fake_registry.control import ControlApp

Document = dict[str, Any]  # Any: JSON


def client_of(registry: FakeRegistry, *, token: str | None = None) -> Client:
    return Client(ControlApp(registry, registry.wsgi_app, token=token))


def error_of(response: TestResponse) -> str:
    """Return the error of a refusal, its only member."""
    assert response.content_type == "application/json"
    document: Document = json.loads(response.data)
    assert list(document) == ["error"]
    return str(document["error"])


def json_of(response: TestResponse) -> Document:
    """Return the JSON of an answer."""
    assert response.content_type == "application/json"
    document: Document = json.loads(response.data)
    return document
