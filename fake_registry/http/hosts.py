"""Several applications behind one socket: each host name leads to its own, an unknown one is refused by name."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fake_registry.http.answers import Answer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class HostApp:
    """Calls the application that `apps` has for a request's Host, whatever its case and port (RFC 9110 §4.2.3).

    A request for any other host is answered 421 Misdirected Request (RFC 9110 §15.5.20), with the hosts that there are.
    """

    def __init__(self, apps: "Mapping[str, WSGIApplication]") -> None:
        self._apps = apps

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        host = host_in(environ.get("HTTP_HOST", ""))
        app = self._apps.get(host)
        if app is not None:
            return app(environ, start_response)
        text = f"no application for host {host!r}; there are {', '.join(sorted(self._apps)) or 'none'}\n".encode()
        headers = (("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text))))
        return Answer(421, headers, (text,))(environ, start_response)


def host_in(authority: str) -> str:
    """Return the host of an authority such as `Fake.azurecr.io:443`, as a key: lower case, no port, no last dot."""
    host = authority if authority.endswith("]") else authority.rpartition(":")[0] or authority
    return host.lower().removesuffix(".")
