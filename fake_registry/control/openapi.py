"""The OpenAPI 3.1 document of the control API, made of the rows of its routes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import is_dataclass
from http import HTTPStatus
from typing import Any, Final

import msgspec

from fake_registry.control.answers import EVENTS
from fake_registry.control.documents import Problem
from fake_registry.control.events import EventStream
from fake_registry.control.filters import RequestQuery
from fake_registry.control.limits import MAX_BODY_BYTES, MAX_DEPTH
from fake_registry.control.paths import PREFIX
from fake_registry.control.route import ControlRoute
from fake_registry.spec.json_object import JsonObject
from fake_registry.version import package_version

JSON: Final = "application/json"
VERSION: Final = "3.1.0"

_REFERENCE: Final = "#/components/schemas/{name}"
_VARIABLE: Final = re.compile(r"<(\w+)>")

_REFUSALS: Final = (400, 401, 403, 413, 415)
"""The statuses of refusals that each route has: an invalid request, a caller that is not served, a
body that is too large or of another type."""

_DESCRIPTION: Final = f"""\
Controls a fake container registry from tests in another process or language. Bodies are JSON
objects of at most {MAX_BODY_BYTES // 1024} KiB and {MAX_DEPTH} levels. A refusal has changed nothing."""


def openapi_document(routes: Sequence[ControlRoute]) -> JsonObject:
    """Return the document."""
    types = [Problem, RequestQuery, *_query_types(routes)]
    for route in routes:
        types += [kind for kind in (route.body, route.answer) if _is_named(kind)]
    _, schemas = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    query = schemas.pop("RequestQuery")
    queries = {kind: schemas.pop(kind.__name__) for kind in _query_types(routes)}

    paths: dict[str, dict[str, JsonObject]] = {}
    for route in routes:
        path = _VARIABLE.sub(r"{\1}", PREFIX + route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation_of(
            route, query if route.has_criteria else queries.get(route.query)
        )

    return {
        "openapi": VERSION,
        "info": {
            "title": "fake-registry control API",
            "version": package_version(),
            "description": _DESCRIPTION,
        },
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"controlToken": {"type": "http", "scheme": "bearer"}},
        },
    }


def _is_named(kind: Any) -> bool:  # Any: a type
    """Return whether a type has a schema of its own among the components."""
    return isinstance(kind, type) and (issubclass(kind, msgspec.Struct) or is_dataclass(kind))


def _query_types(routes: Sequence[ControlRoute]) -> list[Any]:  # Any: types
    return [route.query for route in routes if route.query is not None]


def _operation_of(route: ControlRoute, query: JsonObject | None) -> JsonObject:
    operation: dict[str, Any] = {  # Any: JSON
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "security": [{}] if route.is_open else [{}, {"controlToken": []}],
        "responses": {str(route.status): _answer_of(route), **_refusals_of(route)},
    }
    parameters = [_path_parameter(name) for name in _VARIABLE.findall(route.path)]
    if query is not None:
        parameters += _query_parameters(query)
    if parameters:
        operation["parameters"] = parameters
    if route.body is not None:
        operation["requestBody"] = _body_of(route)
    return operation


def _answer_of(route: ControlRoute) -> JsonObject:
    answer: dict[str, Any] = {"description": HTTPStatus(route.status).phrase}  # Any: JSON
    if route.answer is EventStream:
        answer["content"] = {EVENTS: {"schema": {"type": "string"}}}
    elif route.answer is not None:
        answer["content"] = {JSON: {"schema": _schema_of(route.answer)}}
    return answer


def _body_of(route: ControlRoute) -> JsonObject:
    content: dict[str, Any] = {"schema": _schema_of(route.body)}  # Any: JSON
    if route.shown_body:
        content["example"] = msgspec.json.decode(route.shown_body)
    return {"required": True, "content": {JSON: content}}


def _schema_of(kind: Any) -> JsonObject:  # Any: a type
    if _is_named(kind):
        return {"$ref": _REFERENCE.format(name=kind.__name__)}
    return {"type": "object"}


def _refusals_of(route: ControlRoute) -> JsonObject:
    problem = {JSON: {"schema": _schema_of(Problem)}}
    return {
        str(status): {"description": HTTPStatus(status).phrase, "content": problem}
        for status in sorted({*_REFUSALS, *route.refusals})
    }


def _path_parameter(name: str) -> JsonObject:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _query_parameters(query: JsonObject) -> Iterable[JsonObject]:
    return [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in query["properties"].items()
    ]
