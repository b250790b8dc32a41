"""`network`: inside it, code that was never told reaches fakes by their real names. `interception` leads it there.

The module has another name than the function, which it would hide in the package.
"""

import ipaddress
import os
import re
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import cache, wraps
from inspect import isasyncgenfunction, iscoroutinefunction, isgeneratorfunction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeVar, cast

from fake_registry import SystemClock
from fake_registry.entra import FakeEntra
from fake_registry.entra.keys import KeyHolder
from fake_registry.http.hosts import HostApp
from fake_registry.server import RegistryServer
from fake_registry.server.tls import Certificates
from pytest_acr.interception.environment import CREDENTIAL_VARIABLES, serve_outside
from pytest_acr.interception.hosts import HTTPS_PORT, INTERCEPTION, HostRefused, Network
from pytest_acr.interception.trust import mutual_trust

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

    from fake_registry import FakeRegistry
    from fake_registry.entra import ManagedIdentity, ServicePrincipal

__all__ = ["AcrNetwork", "HostRefused", "network"]

P = ParamSpec("P")
T = TypeVar("T")

_STORAGE_NAMES: Final = ("*.eastus.data.azurecr.io", "*.usgovvirginia.data.azurecr.us", "*.chinaeast2.data.azurecr.cn")

_NO_PROXY: Final = {"NO_PROXY": "*", "no_proxy": "*"}
"""A proxy would be asked for the fake's name, and knows the real one."""

_HOST: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")

_SECRET: Final = "known to every test, it protects nothing"  # noqa: S105  as it says

_HTTP_PORT: Final = 80

_KEYS: Final = KeyHolder()
_OWN_IDS: Final = ("44444444-4444-4444-8444-444444444444", "55555555-5555-4555-8555-555555555555")
"""A credential that a module keeps from test to test brings the token of an earlier network's Entra. With one key, one
client id and one object id they are one to it, and so is their principal."""


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
        self,
        registries: "Iterable[FakeRegistry]",
        *,
        allow: Iterable[str] = (),
        entra: "FakeEntra | None" = None,
        set_environment: bool = True,
    ) -> None:
        """Without `set_environment`, `variables` are the caller's to set."""
        self._sets_environment = set_environment
        self.registries = tuple(registries)
        """The fakes that are reached."""
        clocks = [registry.clock for registry in self.registries]
        self._owns_entra = entra is None
        if entra is None:
            entra = FakeEntra(clock=clocks[0] if clocks else SystemClock(), keys=_KEYS)
        self.entra: FakeEntra = entra
        """Who logs in, and who gives them tokens."""
        client_id, object_id = _OWN_IDS if self._owns_entra else (None, None)
        self.principal: ServicePrincipal = entra.add_service_principal(
            "pytest-acr", secret=_SECRET, client_id=client_id, object_id=object_id
        )
        """Whom the environment names inside: give it roles by `registry.grant(principal.object_id, ...)`."""
        # a DefaultAzureCredential that was made before the network looks no more at the environment, but asks IMDS
        entra.add_managed_identity("pytest-acr", object_id=self.principal.object_id, gives_way=True)
        self._registry_hosts = _hosts_of(self.registries)
        self._allow = _allowed_hosts(allow)
        self._mutex = threading.Lock()
        self._depth = 0
        self._inside = ExitStack()
        self._server: RegistryServer | None = None
        self._network: Network | None = None
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

    @property
    def variables(self) -> dict[str, str | None]:
        """What the environment has inside; None for what it has not."""
        return {**dict.fromkeys(CREDENTIAL_VARIABLES), **_NO_PROXY, **self.entra.environment(self.principal)}

    def app_service_environment(self, identity: "ManagedIdentity") -> dict[str, str]:
        """Return what App Service's environment has for a managed identity, to be set by the test; without it a
        machine's is asked, as on a virtual machine. RuntimeError outside."""
        with self._mutex:
            if self._server is None:
                raise RuntimeError("the identity endpoint is there while the network is entered")
            return self.entra.environment(identity, metadata_url=self._metadata.url, app_service=True)

    def environment(self, registry: "FakeRegistry | None" = None) -> dict[str, str]:
        """Return an environment for subprocesses, of any language, which no patch reaches: this process', changed.

        `subprocess.run(..., env=network.environment())`. REGISTRY_ENDPOINT is a server of `registry`, the first unless
        told, on this machine; SSL_CERT_FILE and the like hold its CA; there is no proxy. For `DefaultAzureCredential`
        there is a managed identity, in App Service's form, with the object id of `principal`; REGISTRY_USERNAME and
        REGISTRY_PASSWORD are a token of all rights for `docker login`. They last until the network is left.
        RuntimeError outside, ValueError for a registry that is not of this network.
        """
        registry = self.registries[0] if registry is None and self.registries else registry
        if registry is None or registry not in self.registries:
            raise ValueError(f"expected one of this network's registries, found {registry}")
        with self._mutex:
            if self._server is None:
                raise RuntimeError("subprocesses are served while the network is entered")
            if registry not in self._outside:
                self._outside[registry] = serve_outside(
                    registry,
                    self._inside,
                    inside=self.entra,
                    object_id=self.principal.object_id,
                    tls=certificates(),
                )
            outside = self._outside[registry]
        inherited = {name: value for name, value in os.environ.items() if name not in CREDENTIAL_VARIABLES}
        return {**inherited, **outside}

    def __enter__(self) -> Self:
        with self._mutex:
            if self._network is None:
                with ExitStack() as undo:
                    self._network = self._open(undo)
                    self._inside = undo.pop_all()
            network = self._network
            try:
                INTERCEPTION.add(network)
            except BaseException:
                INTERCEPTION.remove(network)
                if self._depth == 0:
                    self._close()
                raise
            self._depth += 1
        return self

    def __exit__(self, *exc_details: Any) -> None:  # Any: of an exception, or three times None
        """Leave. What escaped from a registry's app is raised here, unless the block raised something itself."""
        with self._mutex:
            self._depth -= 1
            if self._network is not None:
                INTERCEPTION.remove(self._network)
            if self._depth == 0:
                self._close(*exc_details)

    def _open(self, undo: ExitStack) -> Network:
        undo.callback(self._forget)
        undo.enter_context(mutual_trust(self.registries, self.entra))
        if self._owns_entra:
            undo.callback(self.entra.close)
        apps = {**self._registry_hosts, **self.entra.hosts}
        self._server = undo.enter_context(RegistryServer(HostApp(apps), certificates=certificates()))
        self._metadata = undo.enter_context(RegistryServer(self.entra.metadata_app))
        return Network(
            hosts={
                **{host: {HTTPS_PORT: self._server.port} for host in apps},
                **{host: {_HTTP_PORT: self._metadata.port} for host in self.entra.metadata_hosts},
            },
            registries=tuple(self._registry_hosts),
            allowed=self._allow,
            ca_pem=certificates().ca_pem.decode(),
            environment=self.variables if self._sets_environment else {},
        )

    def _close(self, *exc_details: Any) -> None:  # Any: as above
        self._inside.__exit__(*(exc_details or (None, None, None)))

    def _forget(self) -> None:
        self._server = self._network = None
        self._outside.clear()

    def __call__(self, function: Callable[P, T]) -> Callable[P, T]:
        """Return `function`, which may be async or a generator, so that it runs inside. TypeError for a class."""
        if isinstance(function, type):
            raise TypeError(f"expected a function to run inside the network, found {function!r}")
        return cast("Callable[P, T]", wraps(function)(_inside(self, function)))  # of the same kind as it was


def _inside(inside: AcrNetwork, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of the same kind that runs inside. Any: its arguments and result are the other's."""
    if isasyncgenfunction(function):

        async def generate_async(*args: Any, **kwargs: Any) -> Any:
            with inside:
                async for item in function(*args, **kwargs):
                    yield item

        return generate_async
    if isgeneratorfunction(function):

        def generate(*args: Any, **kwargs: Any) -> Any:
            with inside:
                return (yield from function(*args, **kwargs))

        return generate
    if iscoroutinefunction(function):

        async def run_async(*args: Any, **kwargs: Any) -> Any:
            with inside:
                return await function(*args, **kwargs)

        return run_async

    def run(*args: Any, **kwargs: Any) -> Any:
        with inside:
            return function(*args, **kwargs)

    return run


def _hosts_of(registries: "Iterable[FakeRegistry]") -> "dict[str, WSGIApplication]":
    found: dict[str, WSGIApplication] = {}
    for registry in registries:
        if registry.login_server in found:
            raise ValueError(f"expected registries of different names, found {registry.login_server} twice")
        found.update(registry.hosts)
    return found


def _allowed_hosts(allow: Iterable[str]) -> frozenset[str]:
    if isinstance(allow, str):
        raise TypeError(f"allow: expected a list of hosts, found the text {allow!r}")
    return frozenset(map(_allowed_host, allow))


def _allowed_host(text: str) -> str:
    host = text.lower().removesuffix(".")
    try:
        return str(ipaddress.ip_address(host.removeprefix("[").removesuffix("]")))
    except ValueError:
        pass
    if not _HOST.fullmatch(host):
        raise ValueError(f"allow: expected a host's name or address, found {text!r}")
    return host


@cache
def certificates() -> Certificates:
    """One CA for the process: making it takes longer than a test."""
    return Certificates.generate((*_STORAGE_NAMES, *FakeEntra().hosts))
