"""Several applications behind one socket: each host name leads to its own, an unknown one is refused by name."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fake_registry.http.answers import Answer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class HostApp:
    """Calls the application that `apps` has for a request's Host, whatever its case and port (RFC 9110 §4.2.3).

    The keys are hosts without port and brackets. Without a Host header the server's own name counts, as in
    `request_of` (PEP 3333, URL Reconstruction). A request for any other host is answered 421 Misdirected Request
    (RFC 9110 §15.5.20), with the hosts that there are.
    """

    def __init__(self, apps: "Mapping[str, WSGIApplication]") -> None:
        self._apps = {host_in(host): app for host, app in apps.items()}

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        host = host_in(environ.get("HTTP_HOST") or environ["SERVER_NAME"])
        app = self._apps.get(host)
        if app is not None:
            return app(environ, start_response)
        text = f"no application for host {host!r}; there are {', '.join(sorted(self._apps)) or 'none'}\n".encode()
        headers = (("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(text))))
        return Answer(421, headers, (text,))(environ, start_response)


def host_in(authority: str) -> str:
    """Return the host of an authority such as `Fake.azurecr.io:443` or `[::1]:443`, as a key: lower case, no port, no
    brackets, no last dot. An IPv6 address by itself is one as well."""
    if authority.startswith("["):
        host = authority[1:].partition("]")[0]
    elif authority.count(":") > 1:  # no port can follow an address that has no brackets (RFC 3986 §3.2.2)
        host = authority
    else:
        host = authority.partition(":")[0]
    return host.lower().removesuffix(".")
