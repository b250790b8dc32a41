"""The control API under `/_fake/`, for tests in another process or language.

A small WSGI app in front of the registry's: faults and logins do not concern it, and its requests
are not recorded. Bodies are JSON, whatever the Content-Type; refusals are 4xx with
`{"error": "..."}`.

    GET     health            login server, profile and auth of the registry
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
    POST    restore           {"id": ...}: restore them
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
    """Return a refusal as JSON, with the headers that belong to it: Allow, WWW-Authenticate."""
    headers = [(name, value) for name, value in refusal.get_headers() if name != "Content-Type"]
    answer = handlers.answer({"error": refusal.description}, status=refusal.code or 400)
    answer.headers.extend(headers)
    return answer


ControlHandler = Callable[..., Response]

_ROUTES: Final[tuple[tuple[str, str, ControlHandler], ...]] = (
    ("GET", "health", handlers.get_health),
    ("POST", "reset", handlers.reset),
    ("GET", "state", handlers.get_state),
    ("GET", "requests", handlers.list_requests),
    ("DELETE", "requests", handlers.forget_requests),
    ("GET", "faults", handlers.list_faults),
    ("GET", "faults/schema", handlers.get_fault_schema),
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


def _rule_of(method: str, path: str, handler: ControlHandler) -> Rule:
    return Rule(PREFIX + path, methods=[method], endpoint=handler)


_URLS: Final = Map([_rule_of(*route) for route in _ROUTES], merge_slashes=False).bind("")


def _match(request: Request) -> tuple[ControlHandler, Mapping[str, str]]:
    try:
        handler, names = _URLS.match(request.path, request.method)
    except NotFound:
        known = ", ".join(dict.fromkeys(PREFIX + path for _, path, _ in _ROUTES))
        raise NotFound(f"there is no {request.path}; there are {known}") from None
    return handler, names


class ControlApp:
    """Answers requests under `/_fake/` for `registry`, and passes all others to `app`.

    With a `token` every request under `/_fake/` needs it: `Authorization: Bearer TOKEN`.
    """

    def __init__(
        self,
        registry: FakeRegistry,
        app: "WSGIApplication",
        *,
        token: str | None = None,
    ) -> None:
        self._controlled = handlers.Controlled(registry)
        self._app = app
        self._token = None if token is None else token.encode()

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
            self._check_token(request.headers.get("Authorization", ""))
            handler, names = _match(request)
            return handler(self._controlled, request, **names)
        except HTTPException as refusal:
            return _refuse(refusal)
        except ValueError as error:  # an invalid document, or an invalid value in it
            return _refuse(BadRequest(str(error)))

    def _check_token(self, authorization: str) -> None:
        if self._token is None:
            return

        scheme, _, given = authorization.partition(" ")
        # latin-1: the bytes as they were sent (PEP 3333, Unicode Issues)
        matches = hmac.compare_digest(given.encode("latin-1"), self._token)
        if scheme.lower() != "bearer" or not matches:
            raise Unauthorized(
                "expected Authorization: Bearer and the control token",
                www_authenticate=WWWAuthenticate("bearer", {"realm": PREFIX}),
            )
