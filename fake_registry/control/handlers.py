"""The handlers of the control API, one per route. Routes are in `app`."""

import json
import threading
from itertools import count
from typing import Any, Final
from weakref import WeakKeyDictionary

from werkzeug.exceptions import Conflict, NotFound
from werkzeug.wrappers import Request, Response

from fake_registry.clock import ManualClock
from fake_registry.control.bodies import decode_document
from fake_registry.control.fault_json import FAULTS
from fake_registry.control.snapshots import Snapshots
from fake_registry.core.state import RepositoryState
from fake_registry.fake import FakeRegistry
from fake_registry.http.faults import ActiveFault
from fake_registry.journal.documents import exchange_document
from fake_registry.process_memory import release_memory
from fake_registry.spec.errors import NameInvalid
from fake_registry.spec.json_object import JsonObject, kind_text, list_member, member, optional_member

FILTERS: Final = ("endpoint", "repository", "reference", "path", "method", "host")
"""The fields of an exchange by which requests can be filtered, as `Exchanges.where` does."""


MAX_FILTER: Final = 500
"""The most characters of a filter: `re` caches what it has compiled."""

MAX_FAULTS: Final = 1_000
"""The most faults in force that a client can add."""

MAX_TOKENS: Final = 1_000
"""The most repository-scoped tokens that a client can add."""

MAX_TOKEN_NAME: Final = 100
"""The most characters of a token's name; ACR allows 50 (docs: container-registry-repository-scoped
-permissions)."""


class Controlled:
    """A registry, with its snapshots and the ids of its faults."""

    def __init__(self, registry: FakeRegistry) -> None:
        self.registry = registry
        self.snapshots = Snapshots(max_bytes=registry.settings.max_snapshot_bytes)
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
            raise NotFound(f"there is no fault {fault_id[:100]!r} in force; there are {known}")
        return found[fault_id]


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


def get_ready(_: Controlled, __: Request) -> Response:
    return answer({"status": "ready"})


def reset(controlled: Controlled, _: Request) -> Response:
    controlled.registry.reset()
    controlled.snapshots.trim()
    release_memory()
    return _done()


def get_state(controlled: Controlled, _: Request) -> Response:
    states = controlled.registry.content.snapshot().repositories  # all of one moment
    ordered = sorted(states, key=lambda state: state.name)
    return answer({"repositories": [_encode_repository(state) for state in ordered]})


def list_requests(controlled: Controlled, request: Request) -> Response:
    filters = {name: _filter_of(name, values) for name, values in request.args.lists()}
    found = controlled.registry.requests.where(**filters)
    shown = [exchange_document(exchange) for exchange in found]
    return answer({"requests": shown, "dropped": found.dropped})


def _filter_of(name: str, values: list[str]) -> str:
    if name not in FILTERS:
        known = ", ".join(FILTERS)
        raise ValueError(f"there is no filter {name[:100]!r}; the filters are {known}")
    if len(values) > 1:
        raise ValueError(f"{name}: expected one value, found {len(values)}")
    if len(values[0]) > MAX_FILTER:
        found = len(values[0])
        raise ValueError(f"{name}: expected at most {MAX_FILTER} characters, found {found}")
    return values[0]


def forget_requests(controlled: Controlled, _: Request) -> Response:
    controlled.registry.forget_requests()
    return _done()


def list_faults(controlled: Controlled, _: Request) -> Response:
    faults = controlled.registry.faults
    return answer({"faults": [FAULTS.encode(active, controlled.id_of(active)) for active in faults]})


def get_fault_schema(_: Controlled, __: Request) -> Response:
    return answer(FAULTS.schema())


def get_fault(controlled: Controlled, _: Request, fault_id: str) -> Response:
    return answer(FAULTS.encode(controlled.find_fault(fault_id), fault_id))


def add_fault(controlled: Controlled, request: Request) -> Response:
    fault = FAULTS.decode(decode_document(request))
    if len(controlled.registry.faults) >= MAX_FAULTS:
        remedy = "DELETE those that are no longer needed"
        raise Conflict(f"expected at most {MAX_FAULTS} faults in force, found more: {remedy}")

    active = controlled.registry.faults.add(fault)
    return answer(FAULTS.encode(active, controlled.id_of(active)), status=201)


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

    document = decode_document(request, ("advance_seconds",))
    seconds: Any = document.get("advance_seconds")  # Any: JSON, checked below
    latest = clock.seconds_left
    if type(seconds) not in (int, float) or not 0 <= seconds <= latest:
        raise ValueError(f"expected advance_seconds from 0 to {int(latest)}, found {_shown(seconds)}")

    clock.advance(seconds)
    return get_clock(controlled, request)


def add_token(controlled: Controlled, request: Request) -> Response:
    document = decode_document(request, ("name", "scope_map", "password"))
    scope_map: Any = document.get("scope_map")  # Any: JSON, checked in the next line
    if not isinstance(scope_map, str | dict):
        found = _shown(scope_map)
        raise ValueError(f"expected scope_map to be a name or an object, found {found}")
    if isinstance(scope_map, dict):
        _check_scope_map(scope_map)

    name = member(document, "name", str)
    _check_token_name(name)
    if controlled.registry.token_count >= MAX_TOKENS:
        remedy = "DELETE those that are no longer needed"
        raise Conflict(f"expected at most {MAX_TOKENS} tokens, found more: {remedy}")

    password = optional_member(document, "password", str)
    try:
        token = controlled.registry.add_token(name, scope_map, password=password)
    except (NameInvalid, TypeError) as error:
        raise ValueError(str(error)) from error
    return answer({"name": token.name, "passwords": token.passwords}, status=201)


def _check_scope_map(scope_map: JsonObject) -> None:
    for repository in scope_map:
        list_member(scope_map, repository, str)


def _check_token_name(name: str) -> None:
    if not name.isprintable() or len(name) > MAX_TOKEN_NAME:
        expected = f"at most {MAX_TOKEN_NAME} printable characters"
        raise ValueError(f"expected name to be {expected}, found {_shown(name)}")


def remove_token(controlled: Controlled, _: Request, name: str) -> Response:
    try:
        controlled.registry.remove_token(name)
    except ValueError as error:
        raise NotFound(str(error)) from error
    return _done()


def take_snapshot(controlled: Controlled, _: Request) -> Response:
    snapshot_id = controlled.new_id()
    controlled.snapshots.keep(snapshot_id, controlled.registry.snapshot())
    return answer({"id": snapshot_id}, status=201)


def restore_snapshot(controlled: Controlled, request: Request) -> Response:
    snapshot_id = member(decode_document(request, ("id",)), "id", str)
    controlled.registry.restore(controlled.snapshots.find(snapshot_id))
    return _done()


def remove_snapshot(controlled: Controlled, _: Request, snapshot_id: str) -> Response:
    controlled.snapshots.remove(snapshot_id)
    return _done()


def clear_snapshots(controlled: Controlled, _: Request) -> Response:
    controlled.snapshots.clear()
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


def _shown(value: object) -> str:
    """Return a value for a message: the whole of a short one, the kind of any other."""
    text = repr(value)
    return text if len(text) <= 100 else kind_text(type(value))


def answer(document: JsonObject, *, status: int = 200) -> Response:
    return Response(json.dumps(document) + "\n", status, content_type="application/json")


def _done() -> Response:
    return Response(status=204)
