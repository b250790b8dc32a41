"""`ControlChoice`: the control API of one or several registries behind one socket.

A small WSGI app in front of the registry's: faults and logins do not concern it, and its requests
are not recorded. Bodies are JSON objects; refusals are 4xx with `{"error": "..."}`. Routes are in
`routes`, and `GET /_fake/` lists them. The callers that are served are those of `access`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlencode

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.wrappers import Request

from fake_registry.arguments import names_text
from fake_registry.control.access import ControlAccess
from fake_registry.control.answers import refuse
from fake_registry.control.controlled import Controlled
from fake_registry.control.paths import OPEN_PATHS, PREFIX, is_page_path
from fake_registry.control.registry import ControlledRegistry
from fake_registry.http.hosts import host_in
from fake_registry.wsgi import Pause, pieces_for

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

PARAMETER: Final = "registry"

_PATHS_OF_ALL: Final = OPEN_PATHS | {PREFIX, f"{PREFIX}openapi.json", f"{PREFIX}registries"}
"""The paths whose answers are the same for all registries, or that need none."""

_PREFIX_WITHOUT_SLASH: Final = PREFIX.rstrip("/")
"""Stands for the index as well: users leave out the last slash."""


def load_handlers() -> None:
    """Import what the first control request imports otherwise, and msgspec with it: 20 ms."""
    import_module("fake_registry.control.dispatch")


class ControlChoice:
    """Answers requests under `/_fake/` for the registry of the query's `registry`, or else for that
    of the Host, and passes all others to `app`.

    Without either the answer is 400, which lists the registries, if there are several. `ControlApp`
    says more about `token` and `hosts`.
    """

    def __init__(
        self,
        registries: Iterable[ControlledRegistry],
        app: "WSGIApplication",
        *,
        token: str | None = None,
        hosts: Iterable[str] = (),
    ) -> None:
        known = tuple(registries)
        all_hosts = [*hosts, *(host for registry in known for host in registry.hosts)]
        self._access = ControlAccess(all_hosts, realm=PREFIX, token=token)
        self._app = app

        self._by_name: dict[str, Controlled] = {}
        self._by_host: dict[str, Controlled] = {}
        names = [registry.settings.name for registry in known]
        for registry in known:
            controlled = Controlled(registry, names=names, has_token=token is not None)
            self._by_name[registry.settings.name.lower()] = controlled
            self._by_host |= dict.fromkeys(map(host_in, registry.hosts), controlled)

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == _PREFIX_WITHOUT_SLASH:
            environ = {**environ, "PATH_INFO": PREFIX}
        elif not path.startswith(PREFIX):
            return self._app(environ, start_response)

        if is_page_path(path):
            from fake_registry.control.pages import page_answer

            return page_answer(self._access, Request(environ))(environ, start_response)

        return pieces_for(environ, self._respond(environ, start_response))

    def _respond(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterator[bytes | Pause]:
        # imported when used: most servers get no control request, and it loads msgspec
        from fake_registry.control.dispatch import respond

        request = Request(environ)
        try:
            self._access.check(request, is_open=request.path in OPEN_PATHS)
            controlled = self._find(request)
        except HTTPException as refusal:
            response = refuse(refusal)
        else:
            response = yield from respond(controlled, Request(_without_choice(environ)))

        try:
            yield from response(environ, start_response)
        finally:
            response.close()  # also after HEAD, whose answer has no body to close

    def _find(self, request: Request) -> Controlled:
        """Return the registry that the request names. BadRequest."""
        names = request.args.getlist(PARAMETER)
        if names:
            return self._find_by_name(names)

        host = host_in(request.environ.get("HTTP_HOST") or request.environ["SERVER_NAME"])
        if host in self._by_host:
            return self._by_host[host]
        if request.path in _PATHS_OF_ALL or len(self._by_name) == 1:
            return next(iter(self._by_name.values()))

        known = ", ".join(self._by_name)
        raise BadRequest(f"expected ?{PARAMETER}=NAME, or the Host of a registry, among {known}")

    def _find_by_name(self, names: Sequence[str]) -> Controlled:
        if len(names) > 1:
            found = ", ".join(repr(name[:100]) for name in names[:2])
            raise BadRequest(f"{PARAMETER}: expected one name, found {found}")

        [name] = names
        if name.lower() not in self._by_name:
            several = "one of " if len(self._by_name) > 1 else ""
            known = names_text(name, self._by_name)
            raise BadRequest(f"{PARAMETER}: expected {several}{known}, found {name[:100]!r}")
        return self._by_name[name.lower()]


def _without_choice(environ: "Mapping[str, object]") -> "WSGIEnvironment":
    """Return the environ of the request without the parameter that names the registry."""
    query = str(environ.get("QUERY_STRING", ""))
    pairs = parse_qsl(query, keep_blank_values=True, encoding="latin-1")
    kept = [pair for pair in pairs if pair[0] != PARAMETER]
    if len(kept) == len(pairs):
        return dict(environ)
    return {**environ, "QUERY_STRING": urlencode(kept, encoding="latin-1")}
