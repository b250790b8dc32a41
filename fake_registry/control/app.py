"""The control API under `/_fake/`: what a test in another process or language does to the registry it runs against.

A small WSGI app in front of the registry's, so that neither faults nor logins stand in its way and nothing it is asked
is recorded. JSON in and out, whatever the Content-Type says; a refusal is a 4xx with `{"error": "..."}`.

    GET     health            what this registry is
    POST    reset             no content, roles, faults and recorded requests; the snapshots stay
    GET     state             the repositories with their manifests, tags, blobs and uploads
    GET     requests          the recorded exchanges; ?endpoint=upload.*&repository=samples/* and the like filter
    DELETE  requests          forget them
    GET     faults, faults/N  the faults in force, with their hits
    POST    faults            put one in force: `fault_json` says how it is written
    DELETE  faults, faults/N  end them
    GET     clock             the time in nanoseconds since the epoch
    POST    clock             {"advance_seconds": 60}, for a clock that is set by hand
    POST    snapshot          remember content and roles; answers {"id": ...}
    POST    restore           {"id": ...}, put them back
"""

import hmac
import json
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from itertools import count
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, Conflict, HTTPException, NotFound, Unauthorized
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from fake_registry.clock import ManualClock
from fake_registry.control.fault_json import decode_fault, encode_fault
from fake_registry.core.state import RepositoryState
from fake_registry.fake import FakeRegistry, Snapshot
from fake_registry.http.faults import ActiveFault
from fake_registry.spec.json_object import JsonObject, decode_object, member

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX: Final = "/_fake/"

MAX_BODY_BYTES: Final = 64 * 1024

FILTERS: Final = ("endpoint", "repository", "reference", "path", "method", "host")
"""The fields of an exchange by which requests can be filtered; patterns where `Exchanges.where` takes them."""

LATEST_NS: Final = 253_402_300_799 * 10**9
"""The last second of the year 9999: a registry whose clock is beyond it could not write the time any more."""


class Controlled:
    """A registry, and what is remembered about it from one request to the next."""

    def __init__(self, registry: FakeRegistry) -> None:
        self.registry = registry
        self.snapshots: dict[str, Snapshot] = {}
        self._mutex = threading.Lock()
        self._numbers = count(1)
        # By fault and not by id: a fault that `registry.reset()` has ended takes its id along.
        self._fault_ids: WeakKeyDictionary[ActiveFault, str] = WeakKeyDictionary()

    def new_id(self) -> str:
        """Return an id that nothing has had yet."""
        return str(next(self._numbers))

    def id_of(self, active: ActiveFault) -> str:
        """Return a fault's id, its first if it has none yet: faults are also added from Python."""
        with self._mutex:
            return self._fault_ids.get(active) or self._fault_ids.setdefault(active, self.new_id())

    def find_fault(self, fault_id: str) -> ActiveFault:
        """Return the fault in force that has this id. NotFound."""
        found = {self.id_of(active): active for active in self.registry.faults}
        if fault_id not in found:
            raise NotFound(f"there is no fault {fault_id!r} in force; there are {', '.join(found) or 'none'}")
        return found[fault_id]

    def find_snapshot(self, snapshot_id: str) -> Snapshot:
        """Return what `POST snapshot` has taken. NotFound."""
        if snapshot_id not in self.snapshots:
            raise NotFound(f"there is no snapshot {snapshot_id!r}; there are {', '.join(self.snapshots) or 'none'}")
        return self.snapshots[snapshot_id]


def _get_health(controlled: Controlled, _: Request) -> Response:
    settings = controlled.registry.settings
    return _answer(
        {"status": "ok", "login_server": settings.login_server, "profile": settings.profile, "auth": settings.auth}
    )


def _reset(controlled: Controlled, _: Request) -> Response:
    controlled.registry.reset()
    return _done()


def _get_state(controlled: Controlled, _: Request) -> Response:
    states = controlled.registry.content.snapshot().repositories  # a snapshot: all of one and the same time
    ordered = sorted(states, key=lambda state: state.name)
    return _answer({"repositories": [_encode_repository(state) for state in ordered]})


def _list_requests(controlled: Controlled, request: Request) -> Response:
    for name in request.args:
        if name not in FILTERS:
            raise ValueError(f"there is no filter {name!r}; the filters are {', '.join(FILTERS)}")
    found = controlled.registry.requests.where(**request.args.to_dict())
    return _answer({"requests": [asdict(exchange) for exchange in found]})


def _forget_requests(controlled: Controlled, _: Request) -> Response:
    controlled.registry.forget_requests()
    return _done()


def _list_faults(controlled: Controlled, _: Request) -> Response:
    in_force = controlled.registry.faults
    return _answer({"faults": [encode_fault(active, controlled.id_of(active)) for active in in_force]})


def _get_fault(controlled: Controlled, _: Request, fault_id: str) -> Response:
    return _answer(encode_fault(controlled.find_fault(fault_id), fault_id))


def _add_fault(controlled: Controlled, request: Request) -> Response:
    active = controlled.registry.faults.add(decode_fault(_document_of(request)))
    return _answer(encode_fault(active, controlled.id_of(active)), status=201)


def _clear_faults(controlled: Controlled, _: Request) -> Response:
    controlled.registry.faults.clear()
    return _done()


def _remove_fault(controlled: Controlled, _: Request, fault_id: str) -> Response:
    controlled.find_fault(fault_id).remove()
    return _done()


def _get_clock(controlled: Controlled, _: Request) -> Response:
    clock = controlled.registry.clock
    return _answer({"time": clock.now(), "manual": isinstance(clock, ManualClock)})


def _advance_clock(controlled: Controlled, request: Request) -> Response:
    clock = controlled.registry.clock
    if not isinstance(clock, ManualClock):
        raise Conflict("this clock goes by itself; `fake-registry serve --clock manual` has one that can be set")
    seconds = _document_of(request).get("advance_seconds")
    latest = (LATEST_NS - clock.now()) / 1e9
    if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 <= seconds <= latest:
        raise ValueError(f"advance_seconds is a number from 0 to {latest:.0f}, not {seconds!r}")
    clock.advance(seconds)
    return _get_clock(controlled, request)


def _take_snapshot(controlled: Controlled, _: Request) -> Response:
    snapshot_id = controlled.new_id()
    controlled.snapshots[snapshot_id] = controlled.registry.snapshot()
    return _answer({"id": snapshot_id}, status=201)


def _restore_snapshot(controlled: Controlled, request: Request) -> Response:
    controlled.registry.restore(controlled.find_snapshot(member(_document_of(request), "id", str)))
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


def _answer(document: JsonObject, *, status: int = 200) -> Response:
    return Response(json.dumps(document) + "\n", status, content_type="application/json")


def _done() -> Response:
    return Response(status=204)


def _refuse(refusal: HTTPException) -> Response:
    """A refusal keeps the headers that go with it: Allow, WWW-Authenticate."""
    headers = [(name, value) for name, value in refusal.get_headers() if name != "Content-Type"]
    answer = _answer({"error": refusal.description}, status=refusal.code or 400)
    answer.headers.extend(headers)
    return answer


Handler = Callable[..., Response]

_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "health", _get_health),
    ("POST", "reset", _reset),
    ("GET", "state", _get_state),
    ("GET", "requests", _list_requests),
    ("DELETE", "requests", _forget_requests),
    ("GET", "faults", _list_faults),
    ("GET", "faults/<fault_id>", _get_fault),
    ("POST", "faults", _add_fault),
    ("DELETE", "faults", _clear_faults),
    ("DELETE", "faults/<fault_id>", _remove_fault),
    ("GET", "clock", _get_clock),
    ("POST", "clock", _advance_clock),
    ("POST", "snapshot", _take_snapshot),
    ("POST", "restore", _restore_snapshot),
)

_URLS: Final = Map(
    [Rule(PREFIX + path, methods=[method], endpoint=handler) for method, path, handler in _ROUTES], merge_slashes=False
).bind("")


def _match(request: Request) -> tuple[Handler, Mapping[str, str]]:
    try:
        handler, names = _URLS.match(request.path, request.method)
    except NotFound:
        known = ", ".join(dict.fromkeys(PREFIX + path for _, path, _ in _ROUTES))
        raise NotFound(f"there is no {request.path}; there are {known}") from None
    return handler, names


class ControlApp:
    """Answers what is under `/_fake/` for `registry` and hands all else to `app`, untouched.

    With a `token` every request under `/_fake/` must bring it: `Authorization: Bearer TOKEN`.
    """

    def __init__(self, registry: FakeRegistry, app: "WSGIApplication", *, token: str | None = None) -> None:
        self._controlled = Controlled(registry)
        self._app = app
        self._token = None if token is None else token.encode()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PREFIX):
            return self._app(environ, start_response)
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        try:
            self._check_token(request.headers.get("Authorization", ""))
            handler, names = _match(request)
            return handler(self._controlled, request, **names)
        except HTTPException as refusal:
            return _refuse(refusal)
        except ValueError as error:  # a document, or a value in it, is not what it should be
            return _refuse(BadRequest(str(error)))

    def _check_token(self, authorization: str) -> None:
        if self._token is None:
            return
        scheme, _, given = authorization.partition(" ")
        # latin-1: the bytes as they were sent (PEP 3333, Unicode Issues)
        if scheme.lower() != "bearer" or not hmac.compare_digest(given.encode("latin-1"), self._token):
            raise Unauthorized(
                "expected Authorization: Bearer and the control token",
                www_authenticate=WWWAuthenticate("bearer", {"realm": PREFIX}),
            )
