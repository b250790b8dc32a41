"""Adding a route takes a row, a handler and a core function; each forgotten fact is reported by name.

The planted row is passed to the functions that read rows.
"""

from dataclasses import fields, replace
from io import BytesIO

import pytest
from werkzeug.datastructures import MultiDict

from fake_registry.auth.scopes import Scope
from fake_registry.http.call import Call
from fake_registry.http.handlers import HANDLERS, mismatches
from fake_registry.http.request import body_of, request_of
from fake_registry.http.routing import Router
from fake_registry.http.scopes import scopes_of
from fake_registry.settings import Settings
from fake_registry.spec.endpoints import ENDPOINTS, Endpoint, EndpointName, Resource, endpoint_of
from fake_registry.spec.errors import AttributesInvalid, BlobUnknown
from fake_registry.spec.names import RepositoryName
from fake_registry.wire.errors import decode_error, encode_error
from tests.support.fidelity import operations_at_odds
from tests.support.http import ABSENT, HOST, environ_of

PLANTED = replace(endpoint_of(EndpointName.BLOB_GET), method="PATCH", path="/v2/{repository}/planted/{digest}")
WITH_PLANTED = (*ENDPOINTS, PLANTED)


@pytest.mark.parametrize("forgotten", [field.name for field in fields(Endpoint)])
def test_row_without_a_fact_is_not_made(forgotten: str) -> None:
    """No field has a default, so that mypy reports the same."""
    facts = {name: fact for name, fact in vars(PLANTED).items() if name != forgotten}
    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{forgotten}'"):
        Endpoint(**facts)


def test_row_is_routed() -> None:
    found = Router(WITH_PLANTED).route(f"/v2/a/b/planted/{ABSENT}")

    assert found.endpoint("PATCH") is PLANTED
    assert found.names == {"repository": "a/b", "digest": ABSENT}


def test_name_in_a_path_without_a_parser_is_reported() -> None:
    strange = replace(PLANTED, path="/v2/{repository}/scans/{scan}")

    with pytest.raises(ValueError, match=r"^PATCH blob\.get: the path has \{scan\}, expected one of repository, "):
        Router([*ENDPOINTS, strange])


@pytest.mark.parametrize(
    ("resource", "scope"),
    [
        ("repository", Scope("repository", "a/b", ("pull",))),
        ("catalog", Scope("registry", "catalog", ("pull",))),
    ],
)
def test_actions_of_a_row_are_for_its_resource(resource: Resource, scope: Scope) -> None:
    request = request_of(environ_of("PATCH", "/v2/planted", "", BytesIO(), host=HOST))
    call = Call(
        endpoint=replace(PLANTED, resource=resource),
        request=request,
        query=MultiDict(),
        body=body_of(request),
        repository=RepositoryName("a/b"),
    )
    assert scopes_of(call, Settings()) == (scope,)


def test_every_endpoint_has_a_handler_and_every_handler_an_endpoint() -> None:
    assert "\n".join(mismatches(ENDPOINTS, HANDLERS)) == ""


def test_endpoint_without_a_handler_is_reported() -> None:
    assert list(mismatches([PLANTED], {})) == [
        "PATCH blob.get has no handler: add it to HANDLERS in fake_registry/http/handlers.py"
    ]


def test_handler_without_an_endpoint_is_reported() -> None:
    handlers = {(PLANTED.name, PLANTED.method): HANDLERS[EndpointName.BLOB_GET, "GET"]}
    assert list(mismatches([], handlers)) == [
        "PATCH blob.get has a handler and no row: add it to fake_registry/spec/endpoints"
    ]


def test_endpoint_that_is_not_documented_is_reported() -> None:
    planted = set(operations_at_odds(WITH_PLANTED)) - set(operations_at_odds(ENDPOINTS))
    assert planted == {"PATCH blob.get has no row in docs/reference/fidelity.md: add one under Operations"}


def test_documented_endpoint_that_does_not_exist_is_reported() -> None:
    removed = set(operations_at_odds(ENDPOINTS[1:])) - set(operations_at_odds(ENDPOINTS))
    assert removed == {"GET base has a row in docs/reference/fidelity.md and no endpoint: remove it"}


def test_errors_of_a_row_are_worded_and_read_by_its_facts() -> None:
    planted = replace(PLANTED, status_errors=replace(PLANTED.status_errors, malformed=AttributesInvalid))

    assert encode_error(BlobUnknown(), profile="acr", endpoint=planted).status == 404
    assert type(decode_error(400, b"", endpoint=planted)) is AttributesInvalid
    assert type(decode_error(404, b"", endpoint=planted)) is BlobUnknown
