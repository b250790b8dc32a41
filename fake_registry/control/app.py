"""The control API under `/_fake/`: what a test in another process or language does to the registry it runs against.

A small WSGI app in front of the registry's, so that neither faults nor logins stand in its way and nothing it is asked
is recorded. JSON in and out, whatever the Content-Type says; a refusal is a 4xx with `{"error": "..."}`.

    GET     health            what this registry is
    POST    reset             no content, roles, tokens, faults and recorded requests; the snapshots stay
    GET     state             the repositories with their manifests, tags, blobs and uploads
    GET     requests          the recorded exchanges; ?endpoint=upload.*&repository=samples/* and the like filter
    DELETE  requests          forget them
    GET     faults, faults/N  the faults in force, with their hits
    POST    faults            put one in force: `fault_json` says how it is written
    DELETE  faults, faults/N  end them
    GET     clock             the time in nanoseconds since the epoch
    POST    clock             {"advance_seconds": 60}, for a clock that is set by hand
    POST    tokens            {"name": ..., "scope_map": ..., "password": ...}: make a repository-scoped token; without
                              a password two are made up; answers {"name": ..., "passwords": [...]}
    DELETE  tokens/NAME       let it log in no more
    POST    snapshot          remember content, roles and tokens; answers {"id": ...}
    POST    restore           {"id": ...}, put them back
"""

import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import BadRequest, HTTPException, NotFound, Unauthorized
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from fake_registry.control import handlers
from fake_registry.fake import FakeRegistry

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PREFIX: Final = "/_fake/"

MAX_BODY_BYTES: Final = 64 * 1024


def _refuse(refusal: HTTPException) -> Response:
    """A refusal keeps the headers that go with it: Allow, WWW-Authenticate."""
    headers = [(name, value) for name, value in refusal.get_headers() if name != "Content-Type"]
    answer = handlers.answer({"error": refusal.description}, status=refusal.code or 400)
    answer.headers.extend(headers)
    return answer


Handler = Callable[..., Response]

_ROUTES: Final[tuple[tuple[str, str, Handler], ...]] = (
    ("GET", "health", handlers.get_health),
    ("POST", "reset", handlers.reset),
    ("GET", "state", handlers.get_state),
    ("GET", "requests", handlers.list_requests),
    ("DELETE", "requests", handlers.forget_requests),
    ("GET", "faults", handlers.list_faults),
    ("GET", "faults/<fault_id>", handlers.get_fault),
    ("POST", "faults", handlers.add_fault),
    ("DELETE", "faults", handlers.clear_faults),
    ("DELETE", "faults/<fault_id>", handlers.remove_fault),
    ("GET", "clock", handlers.get_clock),
    ("POST", "clock", handlers.advance_clock),
    ("POST", "tokens", handlers.add_token),
    ("DELETE", "tokens/<name>", handlers.remove_token),
    ("POST", "snapshot", handlers.take_snapshot),
    ("POST", "restore", handlers.restore_snapshot),
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
        self._controlled = handlers.Controlled(registry)
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
