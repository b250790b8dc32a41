"""`ROUTES`: all routes of the control API, in an order in which their examples succeed.

To add one, write its handler and a row. The index, the OpenAPI document and the tests have it then;
docs/how-to/control-api.md needs a row and an example.
"""

from typing import Any, Final

from fake_registry.control.controlled import Controlled
from fake_registry.control.documents import ApiIndex, IndexRow
from fake_registry.control.fault_json import FAULTS
from fake_registry.control.filters import WaitBody
from fake_registry.control.handlers import (
    accounts,
    clock,
    faults,
    images,
    requests,
    server,
    snapshots,
)
from fake_registry.control.openapi import openapi_document
from fake_registry.control.paths import PREFIX
from fake_registry.control.route import ControlHandler, ControlRoute
from fake_registry.spec.json_object import JsonObject

OPENAPI: Final = "openapi.json"


def get_index(controlled: Controlled, origin: str) -> ApiIndex:
    """All routes, with an example each."""
    rows = [
        IndexRow(
            method=route.method,
            path=PREFIX + route.path,
            summary=route.summary,
            example=route.example(origin, has_token=controlled.has_token and not route.is_open),
        )
        for route in ROUTES
    ]
    return ApiIndex(origin + PREFIX + OPENAPI, rows)


def get_openapi(_: Controlled) -> JsonObject:
    """All routes, as an OpenAPI 3.1 document."""
    return openapi_document(ROUTES)


def _get(path: str, handler: ControlHandler, **others: Any) -> ControlRoute:  # Any: its fields
    return ControlRoute(method="GET", path=path, handler=handler, **others)


def _post(path: str, handler: ControlHandler, **others: Any) -> ControlRoute:  # Any: its fields
    return ControlRoute(method="POST", path=path, handler=handler, **others)


def _delete(path: str, handler: ControlHandler, **others: Any) -> ControlRoute:  # Any: its fields
    return ControlRoute(method="DELETE", path=path, handler=handler, **others)


ROUTES: Final = (
    _get("", get_index),
    _get(OPENAPI, get_openapi),
    _get("health", server.get_health),
    _get("ready", server.get_ready),
    _get("registries", server.list_registries),
    _post("reset", server.reset),
    _get("state", server.get_state),
    _post(
        "images",
        images.push_image,
        creates=True,
        refusals=(409,),
        shown_body='{"name": "samples/hello:1.0"}',
    ),
    _get("images", images.list_images),
    _get(
        "graph/<name>",
        images.get_graph,
        has_slashes=True,
        refusals=(404,),
        shown_path="graph/samples/hello:1.0",
    ),
    _get(
        "requests",
        requests.list_requests,
        shown_path="requests?endpoint=upload.*&repository=samples/*",
    ),
    _get("requests/count", requests.count_requests, shown_path="requests/count?status=404"),
    _get("requests.har", requests.export_requests),
    _get("events", requests.stream_events, refusals=(409,), shown_path="events?timeout=0"),
    _post(
        "wait",
        requests.wait_for_request,
        body_type=WaitBody,
        refusals=(404, 409),
        shown_body='{"timeout": 5, "endpoint": "base", "status": 200}',
    ),
    _get(
        "requests/<number>",
        requests.get_request,
        refusals=(404,),
        shown_path="requests/0",
    ),
    _delete("requests", requests.forget_requests),
    _post(
        "faults",
        faults.add_fault,
        body_type=FAULTS.document_type,
        decode=FAULTS.decode,
        answer_type=FAULTS.entry_type,
        creates=True,
        refusals=(409,),
        shown_body='{"endpoint": "upload.*", "effect": {"name": "refuse", "status": 503}, "times": 2}',
    ),
    _get("faults", faults.list_faults, answer_type=FAULTS.list_type),
    _get("faults/schema", faults.get_fault_schema),
    _get(
        "faults/<fault_id>",
        faults.get_fault,
        answer_type=FAULTS.entry_type,
        refusals=(404,),
        shown_path="faults/1",
    ),
    _delete("faults/<fault_id>", faults.remove_fault, refusals=(404,), shown_path="faults/1"),
    _delete("faults", faults.clear_faults),
    _post("down", server.start_outage, refusals=(409,)),
    _get("down", server.get_outage),
    _delete("down", server.end_outage),
    _get("clock", clock.get_clock),
    _post("clock", clock.advance_clock, refusals=(409,), shown_body='{"advance_seconds": 3600}'),
    _post(
        "roles",
        accounts.grant_role,
        refusals=(409,),
        shown_body='{"principal": "ci@example.com", "role": "AcrPull", "repository": "samples/*"}',
    ),
    _get("roles", accounts.list_roles),
    _delete(
        "roles/<principal>",
        accounts.revoke_roles_of,
        has_slashes=True,
        refusals=(404,),
        shown_path="roles/ci@example.com",
    ),
    _delete("roles", accounts.revoke_roles),
    _post(
        "tokens",
        accounts.add_token,
        creates=True,
        refusals=(409,),
        shown_body='{"name": "pipeline", "scope_map": {"samples/*": ["content/read"]}}',
    ),
    _get("tokens", accounts.list_tokens),
    _delete(
        "tokens/<name>",
        accounts.remove_token,
        has_slashes=True,
        refusals=(404,),
        shown_path="tokens/pipeline",
    ),
    _delete("tokens", accounts.remove_tokens),
    _post("snapshot", snapshots.take_snapshot, creates=True, refusals=(409,)),
    _get("snapshot", snapshots.list_snapshots),
    _post("restore", snapshots.restore_snapshot, refusals=(404,), shown_body='{"id": "2"}'),
    _delete(
        "snapshot/<snapshot_id>",
        snapshots.remove_snapshot,
        refusals=(404,),
        shown_path="snapshot/2",
    ),
    _delete("snapshot", snapshots.clear_snapshots),
)
