"""The OpenAPI document of the control API is valid, has every route, and describes every answer.

.ci/fuzz-control-api runs schemathesis on a server, which is too slow to load for the tests.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from werkzeug.test import Client, TestResponse

from fake_registry import FakeRegistry, ManualClock, Settings
from fake_registry.control.openapi import openapi_document
from fake_registry.control.route import ControlRoute
from fake_registry.control.routes import ROUTES
from tests.server.control_client import Document, client_of, json_of
from tests.support.curl import send
from tests.support.effort import examples
from tests.support.json_schemas import ANYTHING, documents_of

DOCUMENT: Final[Document] = dict(openapi_document(ROUTES))
OPERATIONS: Final = {
    (method.upper(), path): operation for path, row in DOCUMENT["paths"].items() for method, operation in row.items()
}
WORDS: Final = st.sampled_from(["1", "2", "ci", "pipeline", "base", "*", "a:1", "samples/hello:1.0", "AcrPull"])


def operation_of(route: ControlRoute) -> Document:
    found: Document = OPERATIONS[route.method, "/_fake/" + re.sub("<(.*?)>", r"{\1}", route.path)]
    return found


def problems_of(answer: TestResponse, operation: Mapping[str, Any]) -> Iterator[str]:
    """Yield where an answer is not the one that the document describes."""
    described = operation["responses"].get(str(answer.status_code))
    if described is None:
        yield f"status {answer.status_code} is not described"
        return

    content = described.get("content", {})
    if not content:
        yield from (f"content: {answer.text}" for _ in [answer.data] if answer.data)
        return
    if answer.mimetype == "text/event-stream":
        yield from (f"content: {answer.mimetype}" for _ in [answer] if answer.mimetype not in content)
        return
    schema = {**content["application/json"]["schema"], "components": DOCUMENT["components"]}
    yield from (error.message for error in OAS31Validator(schema).iter_errors(json_of(answer)))


def new_client() -> Client:
    registry = FakeRegistry(Settings(auth="off"), clock=ManualClock())
    registry.push_image("samples/hello:1.0")
    return client_of(registry)


def test_document_is_valid() -> None:
    client = new_client()
    served = json_of(client.get("/_fake/openapi.json"))

    assert [error.message for error in OpenAPIV31SpecValidator(served).iter_errors()] == []
    assert served == DOCUMENT


def test_document_has_every_route_and_no_other() -> None:
    operations = [operation_of(route) for route in ROUTES]
    names = [operation["operationId"] for operation in operations]

    assert (len(operations), len(set(names))) == (len(OPERATIONS), len(names))
    assert all(operation["summary"].endswith(".") for operation in operations)


def test_every_example_of_the_index_succeeds_as_the_document_describes() -> None:
    client = new_client()
    index = json_of(client.get("/_fake/", base_url="http://127.0.0.1:5000"))

    for route, row in zip(ROUTES, index["routes"], strict=True):
        if route.path == "wait":
            client.get("/v2/")
        answer = send(client, row["example"])
        assert (answer.status_code, list(problems_of(answer, operation_of(route)))) == (route.status, []), row


def test_refusal_of_a_caller_is_described() -> None:
    client = client_of(FakeRegistry(), token="T")
    operation = OPERATIONS["GET", "/_fake/state"]
    refused = [
        client.get("/_fake/state"),
        client.get("/_fake/state", headers={"Origin": "http://example.com"}),
        client.get("/_fake/state", data="x", content_type="text/plain", headers={"Authorization": "Bearer T"}),
    ]
    assert [answer.status_code for answer in refused] == [401, 403, 415]
    assert [list(problems_of(answer, operation)) for answer in refused] == [[], [], []]


def test_answer_that_the_document_does_not_describe_is_found() -> None:
    client = new_client()
    state, health = (OPERATIONS["GET", f"/_fake/{path}"] for path in ("state", "health"))

    assert list(problems_of(client.get("/_fake/health"), state)) == ["'repositories' is a required property"]
    assert list(problems_of(client.get("/_fake/faults/1"), health)) == ["status 404 is not described"]


@st.composite
def requests_of(draw: st.DrawFn, route: ControlRoute) -> dict[str, Any]:  # Any: arguments of `Client.open`
    """Draw a request of a route: one that the document allows, or one with a member of another type."""
    operation = operation_of(route)
    path = "/_fake/" + re.sub("<.*?>", lambda _: quote(draw(WORDS), safe=":"), route.path)
    query = {
        parameter["name"]: str(draw(documents_of(parameter["schema"], DOCUMENT) | WORDS))
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "query" and draw(st.booleans())
    }
    if route.path == "events":
        query["timeout"] = "0"  # without it, the answer has no end
    request: dict[str, Any] = {"path": path, "method": route.method, "query_string": query}
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        body = draw(documents_of(schema, DOCUMENT))
        if draw(st.booleans()):
            body[draw(st.sampled_from([*body, "other"]) if body else st.just("other"))] = draw(ANYTHING | WORDS)
        if route.path == "wait" and isinstance(body.get("timeout", 5), int | float):
            body["timeout"] = 0
        request["json"] = body
    return request


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
@examples(10)  # of each of many routes
@given(data=st.data())
def test_any_request_is_answered_as_the_document_describes(route: ControlRoute, data: st.DataObject) -> None:
    request = data.draw(requests_of(route))
    client = new_client()
    client.get("/v2/")

    answer = client.open(**request)

    assert answer.status_code < 500
    assert list(problems_of(answer, operation_of(route))) == []
    assert client.get("/_fake/health").status_code == 200


@pytest.mark.parametrize("route", [route for route in ROUTES if route.body], ids=lambda route: route.path)
@given(data=st.data())
def test_document_that_the_schema_forbids_is_refused(route: ControlRoute, data: st.DataObject) -> None:
    schema = operation_of(route)["requestBody"]["content"]["application/json"]["schema"]
    validator = OAS31Validator({**schema, "components": DOCUMENT["components"]})
    body = data.draw(documents_of(schema, DOCUMENT).filter(bool))
    name = data.draw(st.sampled_from([*body, "other"]))
    body[name] = data.draw(ANYTHING)
    if validator.is_valid(body):
        return

    registry = FakeRegistry(Settings(auth="off"), clock=ManualClock())
    before = registry.snapshot()
    refused = client_of(registry).post(f"/_fake/{route.path}", json=body)

    assert refused.status_code == 400, body
    assert (bool(registry.diff(before)), len(registry.faults), registry.roles) == (False, 0, ())
