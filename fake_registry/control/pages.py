"""The console: a page under `/_fake/ui`, and its parts, which are files of the folder `page`.

The page uses the control API alone, and loads nothing from elsewhere: Content-Security-Policy has the
browser refuse that (CSP3 §6.1.3). No other page can show it in a frame, where a click meant for that
page would press a button of the console. `default-src` has no effect on frames of other pages, on
forms and on `base` (CSP3 §6.4.2, §6.4.1, §6.3.1): each has its directive.
"""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final
from urllib.parse import urlencode

from werkzeug.exceptions import HTTPException, Unauthorized
from werkzeug.wrappers import Request, Response

from fake_registry.control.access import ControlAccess
from fake_registry.control.answers import refuse
from fake_registry.control.paths import PAGE_PATH, PREFIX, TOKEN_PARAMETER

_POLICY: Final = "default-src 'self'; frame-ancestors 'none'; form-action 'none'; base-uri 'none'"

_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",  # for browsers without frame-ancestors
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",  # the URL may have the control token
}
_TYPES: Final[Mapping[str, str]] = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}


def page_answer(access: ControlAccess, request: Request) -> Response:
    """Return the page, a part of it, or a refusal.

    The parts need no token. With `?token=` and the control token the answer sets a cookie, and
    leads to the page without it: an EventSource can send a cookie, but no Authorization.
    """
    try:
        access.check(request, is_open=True)
    except HTTPException as refusal:
        return refuse(refusal)

    if request.method not in ("GET", "HEAD"):
        return _file("refused.html", status=405, headers={"Allow": "GET"})
    if request.path != PAGE_PATH:
        return _part(request.path.removeprefix(f"{PAGE_PATH}/"))
    if TOKEN_PARAMETER in request.args:
        return _log_in(access, request)

    try:
        access.check(request, is_open=False)
    except Unauthorized:
        return _file("refused.html", status=401)
    return _file("index.html")


def _log_in(access: ControlAccess, request: Request) -> Response:
    """Return the answer that sets the cookie, or refuse a wrong token."""
    if not access.is_token(request.args[TOKEN_PARAMETER]):
        return _file("refused.html", status=401)

    kept = [pair for pair in request.args.items(multi=True) if pair[0] != TOKEN_PARAMETER]
    target = f"{PAGE_PATH}?{urlencode(kept)}" if kept else PAGE_PATH
    answer = Response(status=303, headers={**_HEADERS, "Location": target})
    answer.autocorrect_location_header = False  # relative, as the page may be behind a proxy

    name, value = access.cookie_for(request)
    secure = request.scheme == "https"
    answer.set_cookie(name, value, path=PREFIX, httponly=True, samesite="Strict", secure=secure)
    return answer


def _part(name: str) -> Response:
    suffix = name.rpartition(".")[2]
    names = {part.name for part in files(__package__).joinpath("page").iterdir()}
    if name not in names or suffix not in _TYPES:
        return _file("refused.html", status=404)
    return _file(name)


def _file(name: str, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    content = files(__package__).joinpath("page", name).read_bytes()
    content_type = _TYPES[name.rpartition(".")[2]]
    return Response(content, status, {**_HEADERS, **(headers or {})}, content_type=content_type)
