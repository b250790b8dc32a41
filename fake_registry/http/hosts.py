"""Several applications behind one socket, one for each host name."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from fake_registry.http.answers import Answer

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment


class HostApp:
    """Calls the application of a request's Host, in any case and with any port (RFC 9110 §4.2.3).

    The keys of `apps` are hosts without port and brackets. Without a Host header the server's own
    name is used, as in `request_of` (PEP 3333, URL Reconstruction). For any other host the answer
    is 421 Misdirected Request (RFC 9110 §15.5.20), which lists the known hosts.
    """

    def __init__(self, apps: "Mapping[str, WSGIApplication]") -> None:
        self._apps = {host_in(host): app for host, app in apps.items()}

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        host = host_in(environ.get("HTTP_HOST") or environ["SERVER_NAME"])
        app = self._apps.get(host)
        if app is not None:
            return app(environ, start_response)

        known = ", ".join(sorted(self._apps)) or "none"
        text = f"no application for host {host!r}; there are {known}\n".encode()
        headers = (
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(text))),
        )
        return Answer(421, headers, (text,))(environ, start_response)


def host_in(authority: str) -> str:
    """Return the host of an authority: lower case, without port, brackets and last dot.

    `Fake.azurecr.io:443` is `fake.azurecr.io`, `[::1]:443` is `::1`. An IPv6 address without
    brackets is accepted.
    """
    return _host_with_case(authority).lower().removesuffix(".")


def _host_with_case(authority: str) -> str:
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    if authority.count(":") > 1:
        return authority  # without brackets no port can follow an address (RFC 3986 §3.2.2)
    return authority.partition(":")[0]
