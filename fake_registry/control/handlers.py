"""The handlers of the control API, one per route. Routes are in `app`."""

import json
import threading
from dataclasses import asdict
from itertools import count
from typing import Any, Final
from weakref import WeakKeyDictionary

from werkzeug.exceptions import Conflict, NotFound
from werkzeug.wrappers import Request, Response

from fake_registry.clock import ManualClock
from fake_registry.control.fault_json import decode_fault, encode_fault, fault_schema
from fake_registry.core.state import RepositoryState
from fake_registry.fake import FakeRegistry, Snapshot
from fake_registry.http.faults import ActiveFault
from fake_registry.spec.errors import NameInvalid
from fake_registry.spec.json_object import JsonObject, decode_object, member, optional_member

FILTERS: Final = ("endpoint", "repository", "reference", "path", "method", "host")
"""The fields of an exchange by which requests can be filtered, as `Exchanges.where` does."""


class Controlled:
    """A registry, with its snapshots and the ids of its faults."""

    def __init__(self, registry: FakeRegistry) -> None:
        self.registry = registry
        self.snapshots: dict[str, Snapshot] = {}
        self._mutex = threading.Lock()
        self._numbers = count(1)
        # By fault and not by id: an id is lost with a fault that `registry.reset()` has ended.
        self._fault_ids: WeakKeyDictionary[ActiveFault, str] = WeakKeyDictionary()

    def new_id(self) -> str:
        """Return a new id."""
        return str(next(self._numbers))

    def id_of(self, active: ActiveFault) -> str:
        """Return a fault's id. A fault that Python added gets one here."""
        with self._mutex:
            return self._fault_ids.get(active) or self._fault_ids.setdefault(active, self.new_id())

    def find_fault(self, fault_id: str) -> ActiveFault:
        """Return the fault in force that has this id. NotFound."""
        found = {self.id_of(active): active for active in self.registry.faults}
        if fault_id not in found:
            known = ", ".join(found) or "none"
            raise NotFound(f"there is no fault {fault_id!r} in force; there are {known}")
        return found[fault_id]

    def find_snapshot(self, snapshot_id: str) -> Snapshot:
        """Return the snapshot that `POST snapshot` took. NotFound."""
        if snapshot_id not in self.snapshots:
            known = ", ".join(self.snapshots) or "none"
            raise NotFound(f"there is no snapshot {snapshot_id!r}; there are {known}")
        return self.snapshots[snapshot_id]


def get_health(controlled: Controlled, _: Request) -> Response:
    settings = controlled.registry.settings
    return answer(
        {
            "status": "ok",
            "login_server": settings.login_server,
            "profile": settings.profile,
            "auth": settings.auth,
        }
    )


def reset(controlled: Controlled, _: Request) -> Response:
    controlled.registry.reset()
    return _done()


def get_state(controlled: Controlled, _: Request) -> Response:
    states = controlled.registry.content.snapshot().repositories  # all of one moment
    ordered = sorted(states, key=lambda state: state.name)
    return answer({"repositories": [_encode_repository(state) for state in ordered]})


def list_requests(controlled: Controlled, request: Request) -> Response:
    for name in request.args:
        if name not in FILTERS:
            raise ValueError(f"there is no filter {name!r}; the filters are {', '.join(FILTERS)}")

    found = controlled.registry.requests.where(**request.args.to_dict())
    return answer({"requests": [asdict(exchange) for exchange in found]})


def forget_requests(controlled: Controlled, _: Request) -> Response:
    controlled.registry.forget_requests()
    return _done()


def list_faults(controlled: Controlled, _: Request) -> Response:
    faults = controlled.registry.faults
    return answer({"faults": [encode_fault(active, controlled.id_of(active)) for active in faults]})


def get_fault_schema(_: Controlled, __: Request) -> Response:
    return answer(fault_schema())


def get_fault(controlled: Controlled, _: Request, fault_id: str) -> Response:
    return answer(encode_fault(controlled.find_fault(fault_id), fault_id))


def add_fault(controlled: Controlled, request: Request) -> Response:
    active = controlled.registry.faults.add(decode_fault(_document_of(request)))
    return answer(encode_fault(active, controlled.id_of(active)), status=201)


def clear_faults(controlled: Controlled, _: Request) -> Response:
    controlled.registry.faults.clear()
    return _done()


def remove_fault(controlled: Controlled, _: Request, fault_id: str) -> Response:
    controlled.find_fault(fault_id).remove()
    return _done()


def get_clock(controlled: Controlled, _: Request) -> Response:
    clock = controlled.registry.clock
    return answer({"time": clock.now(), "manual": isinstance(clock, ManualClock)})


def advance_clock(controlled: Controlled, request: Request) -> Response:
    clock = controlled.registry.clock
    if not isinstance(clock, ManualClock):
        raise Conflict("the system clock cannot be advanced; serve with `--clock manual`")

    seconds: Any = _document_of(request).get("advance_seconds")  # Any: JSON, checked below
    latest = clock.seconds_left
    if type(seconds) not in (int, float) or not 0 <= seconds <= latest:
        raise ValueError(f"expected advance_seconds from 0 to {int(latest)}, found {seconds!r}")

    clock.advance(seconds)
    return get_clock(controlled, request)


def add_token(controlled: Controlled, request: Request) -> Response:
    document = _document_of(request)
    scope_map: Any = document.get("scope_map")  # Any: JSON, checked in the next line
    if not isinstance(scope_map, str | dict):
        raise ValueError(f"expected scope_map to be a name or an object, found {scope_map!r}")

    name = member(document, "name", str)
    password = optional_member(document, "password", str)
    try:
        token = controlled.registry.add_token(name, scope_map, password=password)
    except (NameInvalid, TypeError) as error:
        raise ValueError(str(error)) from error
    return answer({"name": token.name, "passwords": token.passwords}, status=201)


def remove_token(controlled: Controlled, _: Request, name: str) -> Response:
    try:
        controlled.registry.remove_token(name)
    except ValueError as error:
        raise NotFound(str(error)) from error
    return _done()


def take_snapshot(controlled: Controlled, _: Request) -> Response:
    snapshot_id = controlled.new_id()
    controlled.snapshots[snapshot_id] = controlled.registry.snapshot()
    return answer({"id": snapshot_id}, status=201)


def restore_snapshot(controlled: Controlled, request: Request) -> Response:
    snapshot_id = member(_document_of(request), "id", str)
    controlled.registry.restore(controlled.find_snapshot(snapshot_id))
    return _done()


def _encode_repository(state: RepositoryState) -> JsonObject:
    tags = {tag: record.digest for tag, record in sorted(state.tags.items())}
    tags_of: dict[str, list[str]] = {}
    for tag, digest in tags.items():
        tags_of.setdefault(digest, []).append(tag)

    manifests = [
        {
            "digest": digest,
            "media_type": record.manifest.media_type,
            "size": len(record.manifest.content),
            "tags": tags_of.get(digest, []),
        }
        for digest, record in sorted(state.manifests.items())
    ]
    return {
        "name": state.name,
        "manifests": manifests,
        "tags": tags,
        "blobs": len(state.blobs),
        "uploads": len(state.uploads),
    }


def _document_of(request: Request) -> JsonObject:
    return decode_object(request.get_data())


def answer(document: JsonObject, *, status: int = 200) -> Response:
    return Response(json.dumps(document) + "\n", status, content_type="application/json")


def _done() -> Response:
    return Response(status=204)
