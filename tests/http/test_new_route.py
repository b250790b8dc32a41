"""Adding a route takes a row, a handler and a core function; each forgotten fact is reported by name."""

from dataclasses import fields, replace

import pytest

from fake_registry.http.handlers import HANDLERS, mismatches
from fake_registry.spec.endpoints import ENDPOINTS, Endpoint, EndpointName, endpoint_of

PLANTED = replace(endpoint_of(EndpointName.BLOB_GET), method="PATCH", path="/v2/{repository}/planted/{digest}")
WITH_PLANTED = (*ENDPOINTS, PLANTED)


def test_every_endpoint_has_a_handler_and_every_handler_an_endpoint() -> None:
    assert list(mismatches(ENDPOINTS, HANDLERS)) == []


def test_endpoint_without_a_handler_is_reported() -> None:
    assert list(mismatches(WITH_PLANTED, HANDLERS)) == [
        "PATCH blob.get has no handler: add one to HANDLERS in fake_registry/http/handlers.py"
    ]


def test_handler_without_an_endpoint_is_reported() -> None:
    handlers = {**HANDLERS, (PLANTED.name, PLANTED.method): HANDLERS[EndpointName.BLOB_GET, "GET"]}
    assert list(mismatches(ENDPOINTS, handlers)) == [
        "PATCH blob.get has a handler and no row: add one below fake_registry/spec/endpoints"
    ]


@pytest.mark.parametrize("forgotten", [field.name for field in fields(Endpoint)])
def test_row_without_a_fact_is_not_made(forgotten: str) -> None:
    """No field has a default, so that mypy reports the same."""
    facts = {name: fact for name, fact in vars(PLANTED).items() if name != forgotten}
    with pytest.raises(TypeError, match=f"missing 1 required keyword-only argument: '{forgotten}'"):
        Endpoint(**facts)
