"""`ControlFront`: what control APIs have in common, whichever registry a request is for.

A small WSGI app in front of the registry's: faults and logins do not concern it, and its requests
are not recorded. Bodies are JSON objects; refusals are 4xx with `{"error": "..."}`. Routes are in
`routes`, and `GET /_fake/` lists them. The callers that are served are those of `access`.
"""

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Final

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from fake_registry.control.access import ControlAccess
from fake_registry.control.answers import refuse
from fake_registry.control.controlled import Controlled
from fake_registry.control.paths import OPEN_PATHS, PREFIX, is_page_path
from fake_registry.wsgi import Pause, pieces_for

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PREFIX_WITHOUT_SLASH: Final = PREFIX.rstrip("/")
"""Stands for the index as well: users leave out the last slash."""


def load_handlers() -> None:
    """Import what the first control request imports otherwise, and msgspec with it: 20 ms."""
    import_module("fake_registry.control.dispatch")


ChooseRegistry = Callable[[Request], tuple[Controlled, Request]]
"""Returns the registry that a request is for, and the request without what chooses. HTTPException."""


class ControlFront:
    """Answers requests under `/_fake/` for the registry that `choose` returns, once `access` has
    checked their callers, and passes all others to `app`."""

    def __init__(self, access: ControlAccess, app: "WSGIApplication", choose: ChooseRegistry) -> None:
        self._access = access
        self._app = app
        self._choose = choose

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
            controlled, request = self._choose(request)
        except HTTPException as refusal:
            response = refuse(refusal)
        else:
            response = yield from respond(controlled, request)

        try:
            yield from response(environ, start_response)
        finally:
            response.close()  # also after HEAD, whose answer has no body to close
