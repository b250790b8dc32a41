"""The control API under `/_fake/`, for tests in another process or language.

A small WSGI app in front of the registry's: faults and logins do not concern it, and its requests
are not recorded. Bodies are JSON objects; refusals are 4xx with `{"error": "..."}`. Who may call
is checked in `access`.

    GET     health            login server, profile and auth of the registry
    GET     ready             200 once the server accepts connections
    POST    reset             remove content, roles, tokens, faults and recorded requests
    GET     state             the repositories with their manifests, tags, blobs and uploads
    GET     requests          the recorded exchanges; filters such as ?endpoint=upload.*
    DELETE  requests          clear them
    GET     faults, faults/N  the faults in force, with their hits
    POST    faults            put one in force: see `fault_json`
    GET     faults/schema     the JSON schema of a fault, with each effect and its parameters
    DELETE  faults, faults/N  end them
    GET     clock             the time in nanoseconds since the epoch
    POST    clock             {"advance_seconds": 60}, for a manual clock
    POST    tokens            {"name": ..., "scope_map": ..., "password": ...}: make a token for
                              repositories, with two random passwords if none is given; the
                              answer is {"name": ..., "passwords": [...]}
    DELETE  tokens/NAME       remove it
    POST    snapshot          keep content, roles and tokens; the answer is {"id": ...}
    DELETE  snapshot          forget all snapshots
    DELETE  snapshot/N        forget one
    POST    restore           {"id": ...}: restore content, roles and tokens
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from werkzeug.exceptions import BadRequest, HTTPException, NotFound
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from fake_registry.control import handlers
from fake_registry.control.access import ControlAccess
from fake_registry.control.bodies import check_content_type, check_no_body
from fake_registry.fake import FakeRegistry

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX: Final = "/_fake/"

MAX_BODY_BYTES: Final = 64 * 1024


def _refuse(refusal: HTTPException) -> Response:
    """Return a refusal as JSON, with the headers that belong to it: Allow, WWW-Authenticate."""
    headers = [(name, value) for name, value in refusal.get_headers() if name != "Content-Type"]
    answer = handlers.answer({"error": refusal.description}, status=refusal.code or 400)
    answer.headers.extend(headers)
    return answer


ControlHandler = Callable[..., Response]


class ControlRoute(NamedTuple):
    """A route of the control API."""

    method: str
    path: str
    handler: ControlHandler
    has_body: bool = False
    is_open: bool = False
    """Whether it needs no control token: for the probes of a container."""


_ROUTES: Final = (
    ControlRoute("GET", "health", handlers.get_health, is_open=True),
    ControlRoute("GET", "ready", handlers.get_ready, is_open=True),
    ControlRoute("POST", "reset", handlers.reset),
    ControlRoute("GET", "state", handlers.get_state),
    ControlRoute("GET", "requests", handlers.list_requests),
    ControlRoute("DELETE", "requests", handlers.forget_requests),
    ControlRoute("GET", "faults", handlers.list_faults),
    ControlRoute("GET", "faults/schema", handlers.get_fault_schema),
    ControlRoute("GET", "faults/<fault_id>", handlers.get_fault),
    ControlRoute("POST", "faults", handlers.add_fault, has_body=True),
    ControlRoute("DELETE", "faults", handlers.clear_faults),
    ControlRoute("DELETE", "faults/<fault_id>", handlers.remove_fault),
    ControlRoute("GET", "clock", handlers.get_clock),
    ControlRoute("POST", "clock", handlers.advance_clock, has_body=True),
    ControlRoute("POST", "tokens", handlers.add_token, has_body=True),
    ControlRoute("DELETE", "tokens/<name>", handlers.remove_token),
    ControlRoute("POST", "snapshot", handlers.take_snapshot),
    ControlRoute("DELETE", "snapshot", handlers.clear_snapshots),
    ControlRoute("DELETE", "snapshot/<snapshot_id>", handlers.remove_snapshot),
    ControlRoute("POST", "restore", handlers.restore_snapshot, has_body=True),
)


def _rule_of(route: ControlRoute) -> Rule:
    return Rule(PREFIX + route.path, methods=[route.method], endpoint=route)


_URLS: Final = Map([_rule_of(route) for route in _ROUTES], merge_slashes=False).bind("")


def _match(request: Request) -> tuple[ControlRoute, Mapping[str, str]]:
    try:
        route, names = _URLS.match(request.path, request.method)
    except NotFound:
        known = ", ".join(dict.fromkeys(PREFIX + route.path for route in _ROUTES))
        raise NotFound(f"there is no {request.path[:100]}; there are {known}") from None
    return route, names


class ControlApp:
    """Answers requests under `/_fake/` for `registry`, and passes all others to `app`.

    Web pages are refused: see `ControlAccess`, also for `hosts`. With a `token` every request under
    `/_fake/` needs it, `Authorization: Bearer TOKEN`, except `health` and `ready`. Raises
    ValueError for an empty token.
    """

    def __init__(
        self,
        registry: FakeRegistry,
        app: "WSGIApplication",
        *,
        token: str | None = None,
        hosts: Iterable[str] = (),
    ) -> None:
        self._controlled = handlers.Controlled(registry)
        self._app = app
        self._access = ControlAccess([*registry.hosts, *hosts], realm=PREFIX, token=token)

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        if not environ.get("PATH_INFO", "").startswith(PREFIX):
            return self._app(environ, start_response)
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        request.max_content_length = MAX_BODY_BYTES
        try:
            return self._serve(request)
        except HTTPException as refusal:
            return _refuse(refusal)
        except ValueError as error:  # an invalid document, or an invalid value in it
            return _refuse(BadRequest(str(error)))

    def _serve(self, request: Request) -> Response:
        is_probe = request.path in _OPEN_PATHS
        self._access.check(request, is_open=is_probe)
        route, names = _match(request)

        check_content_type(request)
        if not route.has_body:
            check_no_body(request)
        return route.handler(self._controlled, request, **names)


_OPEN_PATHS: Final = frozenset(PREFIX + route.path for route in _ROUTES if route.is_open)
