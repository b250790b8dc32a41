"""docs/reference/control-routes.md: the routes of the control API, from its OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from werkzeug.test import Client

from fake_registry import FakeRegistry
from fake_registry.control import ControlApp
from tests.support.pages.markdown import code, table

HEAD: Final = """\
# Routes of the control API

`GET /_fake/openapi.json` describes them for programs; [Control API](../how-to/control-api.md) has an
example of each with curl. Fields with a star are required. `registry` in the query chooses one of several
registries. Every refusal is `{"error": SENTENCE}`. Written by `python -m tests.support.pages` from the
OpenAPI document.

"""

_METHODS: Final = ("get", "post", "put", "patch", "delete")

Document = Mapping[str, Any]  # Any: JSON


def control_routes_page() -> str:
    """Return the page."""
    registry = FakeRegistry()
    answer = Client(ControlApp(registry, registry.wsgi_app)).get("/_fake/openapi.json")
    document = json.loads(answer.text)
    return HEAD + table(("request", "what it does", "body", "answer"), _rows_of(document))


def _rows_of(document: Document) -> Iterator[tuple[str, ...]]:
    for path, operations in document["paths"].items():
        for method in _METHODS:
            if method in operations:
                operation = operations[method]
                request = code(f"{method.upper()} {path}")
                body = operation.get("requestBody", {})
                yield request, operation["summary"], _fields_of(body, document), _answer_of(operation)


def _fields_of(content: Document, document: Document) -> str:
    schema = content.get("content", {}).get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    required = schema.get("required", ())
    names = (code(name) + ("*" if name in required else "") for name in schema.get("properties", ()))
    return ", ".join(names)


def _answer_of(operation: Document) -> str:
    status = next(status for status in operation["responses"] if status.startswith("2"))
    bodies = list(operation["responses"][status].get("content", {}).values())
    name = bodies[0].get("schema", {}).get("$ref", "").rpartition("/")[2] if bodies else ""
    return f"{status} {code(name)}".strip()
