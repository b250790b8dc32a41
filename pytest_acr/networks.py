"""`network`: inside it, code that was never told reaches fakes by their real names. `interception` leads it there.

The module has another name than the function, which it would hide in the package.
"""

import os
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from functools import cache, wraps
from inspect import iscoroutinefunction
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar, cast

from fake_registry import SystemClock
from fake_registry.entra import FakeEntra
from fake_registry.http.hosts import HostApp, host_in
from fake_registry.server import RegistryServer
from fake_registry.server.tls import Certificates
from pytest_acr.credentials import fixture_claims
from pytest_acr.environment import environment_of
from pytest_acr.interception import HTTPS_PORT, INTERCEPTION, HostRefused, Network

if TYPE_CHECKING:
    from fake_registry import FakeRegistry
    from fake_registry.entra import ManagedIdentity, ServicePrincipal

__all__ = ["AcrNetwork", "HostRefused", "network"]

P = ParamSpec("P")
T = TypeVar("T")

_STORAGE_NAMES: Final = ("*.eastus.data.azurecr.io", "*.usgovvirginia.data.azurecr.us", "*.chinaeast2.data.azurecr.cn")

_NO_PROXY: Final = {"NO_PROXY": "*", "no_proxy": "*"}
"""A proxy would be asked for the fake's name, and knows the real one."""

_OUTSIDE: Final = "subprocesses"
"""The name of who they log in as."""

_SECRET: Final = "known to every test, it protects nothing"  # noqa: S105  as it says

HTTP_PORT: Final = 80

_ADDRESSES = count(1)


def network(*registries: "FakeRegistry", allow: Iterable[str] = (), entra: "FakeEntra | None" = None) -> "AcrNetwork":
    """Return a network of `registries`: a context manager and a decorator, of async functions too.

    Inside it their hosts, `https://NAME.azurecr.io` and those of their storage, lead to them for requests, urllib,
    urllib3, httpx and aiohttp, with TLS verified; other hosts are refused with `HostRefused`, but for this machine and
    those of `allow`. It is the process' network: all threads see it. Networks may be nested: inside the inner one the
    hosts of both are there.

    Entra's login hosts and a machine's identity endpoint lead to a fake Entra, `entra` or a new one on the clock of the
    first registry, whose tokens the registries trust; the environment has one of its principals, which
    `DefaultAzureCredential` finds.
    """
    return AcrNetwork(registries, allow=allow, entra=entra)


class AcrNetwork:
    """What `network` returns. It may be entered again, also inside itself."""

    def __init__(
        self, registries: "Iterable[FakeRegistry]", *, allow: Iterable[str] = (), entra: "FakeEntra | None" = None
    ) -> None:
        self.registries = tuple(registries)
        """The fakes that are reached."""
        clocks = [registry.clock for registry in self.registries]
        self.entra: FakeEntra = FakeEntra(clock=clocks[0] if clocks else SystemClock()) if entra is None else entra
        """Who logs in, and who gives them tokens."""
        self.principal: ServicePrincipal = self.entra.add_service_principal("pytest-acr", secret=_SECRET)
        """Whom the environment names inside: give it roles by `registry.grant(principal.object_id, ...)`."""
        self._registry_hosts = {host: app for registry in self.registries for host, app in registry.hosts.items()}
        self._allow = frozenset(host_in(host) for host in allow)
        self._mutex = threading.Lock()
        self._depth = 0
        self._inside = ExitStack()
        self._server: RegistryServer | None = None
        self._metadata: RegistryServer | None = None
        self._for_this_process: dict[str, str] = {}
        self._outside: dict[FakeRegistry, dict[str, str]] = {}

    @property
    def hosts(self) -> tuple[str, ...]:
        """The names that lead to a fake."""
        return (*self._registry_hosts, *self.entra.hosts)

    @property
    def ca_file(self) -> Path:
        """The PEM file of the CA that the fakes' certificates are of, while inside. RuntimeError outside."""
        if self._server is None or self._server.ca_file is None:
            raise RuntimeError("the network's CA is there while it is entered")
        return self._server.ca_file

    def app_service_environment(self, identity: "ManagedIdentity") -> dict[str, str]:
        """Return what App Service's environment has for a managed identity, to be set by the test; without it a
        machine's is asked, as on a virtual machine. RuntimeError outside."""
        if self._metadata is None:
            raise RuntimeError("the identity endpoint is there while the network is entered")
        return self.entra.environment(identity, metadata_url=self._metadata.url, app_service=True)

    def environment(self, registry: "FakeRegistry | None" = None) -> dict[str, str]:
        """Return an environment for subprocesses, of any language, which no patch reaches: this process', changed.

        `subprocess.run(..., env=network.environment())`. REGISTRY_ENDPOINT is a server of `registry`, the first unless
        told, on this machine; SSL_CERT_FILE and the like hold its CA; there is no proxy. For `DefaultAzureCredential`
        there is a managed identity, in App Service's form; REGISTRY_USERNAME and REGISTRY_PASSWORD are a token of all
        rights for `docker login`. They last until the network is left. RuntimeError outside, ValueError for a registry
        that is not of this network.
        """
        if self._metadata is None:
            raise RuntimeError("subprocesses are served while the network is entered")
        if registry is None:
            registry = self.registries[0]
        if registry not in self.registries:
            raise ValueError(f"expected one of this network's registries, found {registry}")
        with self._mutex:
            if registry not in self._outside:
                self._outside[registry] = self._serve_outside(registry)
        inherited = {name: value for name, value in os.environ.items() if name not in self._for_this_process}
        return {**inherited, **self._outside[registry]}

    def _serve_outside(self, registry: "FakeRegistry") -> dict[str, str]:
        server = self._inside.enter_context(registry.serve(tls=_certificates()))
        login = registry.add_token(_OUTSIDE, "_repositories_admin")
        self._inside.callback(registry.remove_token, login.name)
        identity = self.entra.add_managed_identity(_OUTSIDE, user_assigned=True)
        return {
            **environment_of(server),
            **self.app_service_environment(identity),
            "REGISTRY_USERNAME": login.name,
            "REGISTRY_PASSWORD": login.passwords[0],
        }

    def __enter__(self) -> Self:
        with self._mutex:
            if self._depth == 0:
                with ExitStack() as undo:
                    self._open(undo)
                    self._inside = undo.pop_all()
            self._depth += 1
        return self

    def __exit__(self, *exc_details: Any) -> None:  # Any: of an exception, or three times None
        """Leave. What escaped from a registry's app is raised here, unless the block raised something itself."""
        with self._mutex:
            self._depth -= 1
            if self._depth == 0:
                self._inside.__exit__(*exc_details)

    def _open(self, undo: ExitStack) -> None:
        for registry in self.registries:
            undo.callback(registry.trust, registry.trust(_Trusted(self.entra)))
        undo.callback(self.entra.close)
        undo.callback(self._forget)
        apps = {**self._registry_hosts, **self.entra.hosts}
        self._server = undo.enter_context(RegistryServer(HostApp(apps), certificates=_certificates()))
        self._metadata = metadata = undo.enter_context(RegistryServer(self.entra.metadata_app))
        self._for_this_process = self.entra.environment(self.principal)
        number = next(_ADDRESSES)
        address = f"127.83.{number // 250 % 250}.{number % 250 + 1}"
        made = Network(
            address=address,
            hosts=frozenset(apps),
            registries=tuple(self._registry_hosts),
            ports={
                (address, HTTPS_PORT): self._server.port,
                **{(host, HTTP_PORT): metadata.port for host in self.entra.metadata_hosts},
            },
            allowed=self._allow,
            ca_pem=_certificates().ca_pem.decode(),
            environment=_NO_PROXY | self._for_this_process,
        )
        INTERCEPTION.add(made)
        undo.callback(INTERCEPTION.remove, made)

    def _forget(self) -> None:
        self._server = self._metadata = None
        self._outside.clear()

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Return `function` so that it runs inside."""
        if iscoroutinefunction(function):

            @wraps(function)
            async def run_async(*args: P.args, **kwargs: P.kwargs) -> Any:  # Any: what the function returns
                with self:
                    return await function(*args, **kwargs)

            return cast("Callable[P, T]", run_async)

        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            with self:
                return function(*args, **kwargs)

        return run


class _Trusted:
    """Vouches for tokens that `entra` signed, and for those of `AcrCredential`, which the fixtures' clients bring."""

    def __init__(self, entra: FakeEntra) -> None:
        self._entra = entra

    def verify(self, text: str, *, now: int) -> Mapping[str, object]:
        """Return the claims of a token. Raises TokenRefused."""
        return fixture_claims(text) or self._entra.verify(text, now=now)


@cache
def _certificates() -> Certificates:
    """One CA for the process: making it takes longer than a test."""
    return Certificates.generate((*_STORAGE_NAMES, *FakeEntra().hosts))
