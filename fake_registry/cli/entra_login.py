"""The fake Entra of the server command, behind the socket of the registries."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from fake_registry.clock import Clock
from fake_registry.fake import FakeRegistry
from fake_registry.http.hosts import host_in

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from fake_registry.entra import FakeEntra

_PATH_OF_TENANT: Final = re.compile(
    r"/(?!v2/)[^/]+/(oauth2/(v2\.0/)?token|discovery/(v2\.0/)?keys|(v2\.0/)?\.well-known/openid-configuration)"
)
"""The paths of Entra below any tenant. No endpoint of a registry or of the control API has such a
path, except below `/v2/`."""


class EntraFront:
    """Passes the requests of logins to `entra`, and all others to `app`.

    A login has the host of a cloud's login service, such as login.microsoftonline.com, or a path of
    a tenant, at any host: clients without those names in their resolver have
    `https://127.0.0.1:PORT` in AZURE_AUTHORITY_HOST. Entra itself refuses a wrong tenant, so that
    a client shows Entra's error (AADSTS90002) and not the one of a registry.
    """

    def __init__(self, entra: "FakeEntra", app: "WSGIApplication") -> None:
        self._entra = entra.wsgi_app
        self._hosts = frozenset(map(host_in, entra.hosts))
        self._prefix = f"/{entra.tenant_id}/"
        self._app = app

    def __call__(
        self,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        app = self._entra if self._is_login(environ) else self._app
        return app(environ, start_response)

    def _is_login(self, environ: "Mapping[str, object]") -> bool:
        path = str(environ.get("PATH_INFO", ""))
        if path.lower().startswith(self._prefix) or _PATH_OF_TENANT.fullmatch(path):
            return True
        return host_in(str(environ.get("HTTP_HOST", ""))) in self._hosts


def trusted_entra(
    principals: Sequence[tuple[str, str]],
    registries: Iterable[FakeRegistry],
    clock: Clock,
) -> "FakeEntra | None":
    """Return an Entra that knows the service principals, and that the registries trust.

    None without principals. Each is a client id and its secret. ValueError for a repeated id.
    """
    if not principals:
        return None

    # imported here: it loads cryptography, which few servers use
    from fake_registry.entra import FakeEntra

    entra = FakeEntra(clock=clock)
    for client_id, secret in principals:
        entra.add_service_principal(client_id, client_id=client_id, secret=secret)
    for registry in registries:
        registry.trust(entra)
    return entra
