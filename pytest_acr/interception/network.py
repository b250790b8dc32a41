"""`network`: inside it, unmodified code that connects to NAME.azurecr.io reaches a fake.

`hosts` decides where each connection goes; this module starts the servers that it goes to.
"""

import os
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast

from fake_registry import FakeRegistry
from fake_registry.arguments import check_type
from fake_registry.entra import FakeEntra, ManagedIdentity
from fake_registry.http.hosts import HostApp
from fake_registry.server import RegistryServer
from fake_registry.server.tls import Certificates
from fake_registry.server.whole import WholeStart
from pytest_acr.interception.addresses import parse_allowed_hosts
from pytest_acr.interception.class_decorating import run_tests_inside
from pytest_acr.interception.decorating import run_inside
from pytest_acr.interception.environment import CREDENTIAL_VARIABLES
from pytest_acr.interception.hosts import HTTPS_PORT, INTERCEPTION, ActiveNetwork
from pytest_acr.interception.identity import add_principal, make_entra
from pytest_acr.interception.subprocesses import serve_to_subprocesses
from pytest_acr.interception.trust import mutual_trust
from pytest_acr.usage import note_use

if TYPE_CHECKING:
    from wsgiref.types import WSGIApplication

F = TypeVar("F", bound=Callable[..., Any])  # Any: the arguments and the result of any function

_STORAGE_NAMES: Final = (
    "*.eastus.data.azurecr.io",
    "*.usgovvirginia.data.azurecr.us",
    "*.chinaeast2.data.azurecr.cn",
)

_NO_PROXY: Final = {"NO_PROXY": "*", "no_proxy": "*"}
"""A proxy of the machine would be asked for the fake's host, and would connect to the real one."""

_HTTP_PORT: Final = 80


def network(
    *registries: FakeRegistry,
    allow: Iterable[str] = (),
    entra: FakeEntra | None = None,
) -> "AcrNetwork":
    """Return a network of `registries`: a context manager, and a decorator.

    It decorates functions, async too, and classes with tests, of pytest or unittest.

    Inside it, the hosts of the registries (`https://NAME.azurecr.io` and those of their storage)
    lead to them, for requests, urllib, urllib3, httpx and aiohttp, with TLS verified. All other
    hosts raise `HostRefused`, except for this machine and the hosts in `allow`. The network is in
    force for the whole process, all threads included. Networks may be nested: inside the inner one,
    the hosts of both are reached.

    Entra's login hosts and the identity endpoint of a machine lead to a fake Entra, whose tokens
    the registries accept: `entra`, or a new one with the clock of the first registry. The
    environment names one of its principals, which `DefaultAzureCredential` finds.
    """
    return AcrNetwork(registries, allow=allow, entra=entra)


class AcrNetwork:
    """A network of registries; `network` makes one. It may be entered again, also inside itself."""

    def __init__(
        self,
        registries: Iterable[FakeRegistry],
        *,
        allow: Iterable[str] = (),
        entra: FakeEntra | None = None,
    ) -> None:
        self.registries = _check_registries(registries)
        """The fakes that are reached."""
        self._registry_hosts = _hosts_of(self.registries)
        self._allowed = parse_allowed_hosts(allow)

        check_type("entra", entra, FakeEntra | None)
        self._owns_entra = entra is None
        self.entra: FakeEntra = make_entra(self.registries) if entra is None else entra
        """Holds the principals, and issues their tokens."""
        for registry in self.registries:
            note_use(registry)
        note_use(self.entra)
        self.principal = add_principal(self.entra, has_fixed_ids=self._owns_entra)
        """The principal that the environment names: `registry.grant(principal.object_id, ...)`."""

        self._mutex = threading.Lock()
        self._depth = 0
        self._closing = ExitStack()
        self._server: RegistryServer | None = None
        self._active: ActiveNetwork | None = None
        self._subprocess_variables: dict[FakeRegistry, dict[str, str]] = {}

    def __repr__(self) -> str:
        names = ", ".join(registry.login_server for registry in self.registries)
        state = "entered" if self._depth else "not entered"
        return f"<AcrNetwork of {names or 'no registries'}, {state}>"

    @property
    def hosts(self) -> tuple[str, ...]:
        """The host names that lead to a fake."""
        return (*self._registry_hosts, *self.entra.hosts)

    @property
    def ca_file(self) -> Path:
        """The PEM file of the CA of the fakes' certificates. RuntimeError outside the network."""
        if self._server is None or self._server.ca_file is None:
            raise RuntimeError("the CA file exists only inside the network: enter it first")
        return self._server.ca_file

    @property
    def variables(self) -> dict[str, str | None]:
        """The environment variables inside the network. None: absent."""
        absent = dict.fromkeys(CREDENTIAL_VARIABLES)
        return {**absent, **_NO_PROXY, **self.entra.environment(self.principal)}

    def app_service_environment(self, identity: ManagedIdentity) -> dict[str, str]:
        """Return the variables that App Service sets for a managed identity, for the test to set.

        Without them, azure-identity asks the identity endpoint of a virtual machine. RuntimeError
        outside the network.
        """
        check_type("identity", identity, ManagedIdentity)
        with self._mutex:
            if self._server is None:
                raise RuntimeError("the endpoint exists only inside the network: enter it first")
            url = self._metadata.url
            return self.entra.environment(identity, metadata_url=url, app_service=True)

    def environment(self, registry: FakeRegistry | None = None) -> dict[str, str]:
        """Return an environment for a subprocess, in any language, which no patch reaches.

        `subprocess.run(..., env=network.environment())`. It is the environment of this process with
        changes, and may be merged over `os.environ`. REGISTRY_ENDPOINT names a server of `registry`
        (by default the first) on this machine; SSL_CERT_FILE and others name its CA; no proxy is
        used. `DefaultAzureCredential` finds a managed identity in App Service's form, with the
        object id of `principal`.
        REGISTRY_USERNAME and REGISTRY_PASSWORD are those of a token with all permissions, for
        `docker login`. All of it lasts until the network is left.

        RuntimeError outside the network, ValueError for a registry of another network.
        """
        check_type("registry", registry, FakeRegistry | None)
        if registry is None and self.registries:
            registry = self.registries[0]
        if registry is None or registry not in self.registries:
            found = "a network without any" if registry is None else str(registry)
            raise ValueError(f"registry: expected one of this network's registries, found {found}")

        with self._mutex:
            if self._server is None:
                raise RuntimeError("the servers exist only inside the network: enter it first")
            if registry not in self._subprocess_variables:
                self._subprocess_variables[registry] = serve_to_subprocesses(
                    registry,
                    self._closing,
                    network_entra=self.entra,
                    object_id=self.principal.object_id,
                    certificates=certificates(),
                )
            variables = self._subprocess_variables[registry]

        inherited = os.environ.copy()
        for name in CREDENTIAL_VARIABLES:
            inherited.pop(name, None)
        return inherited | variables

    def __enter__(self) -> Self:
        """Enter the network. An interrupt, such as KeyboardInterrupt, leaves it as it was."""
        entry = WholeStart(self._enter)
        try:
            entry.run()
            return self  # inside: until here an interrupt undoes everything
        except BaseException:
            entry.undo()
            raise

    def _enter(self, undo: ExitStack) -> None:
        with self._mutex:
            if self._active is None:
                with ExitStack() as starting:
                    self._active = self._start(starting)
                    self._closing = starting.pop_all()

            active = self._active
            try:
                INTERCEPTION.add(active)
            except BaseException:
                INTERCEPTION.remove(active)
                if self._depth == 0:
                    self._closing.close()
                raise
            self._depth += 1
        undo.callback(self.__exit__, None, None, None)

    def __exit__(self, *exc_details: Any) -> None:  # Any: of an exception, or three times None
        """Leave the network. Raises the registries' failures, unless the block raised an error."""
        with self._mutex:
            self._depth -= 1
            if self._active is not None:
                INTERCEPTION.remove(self._active)
            if self._depth == 0:
                self._closing.__exit__(*exc_details)

    def _start(self, undo: ExitStack) -> ActiveNetwork:
        """Start the servers. `undo` stops them."""
        undo.callback(self._forget)
        undo.enter_context(mutual_trust(self.registries, self.entra))
        if self._owns_entra:
            undo.callback(self.entra.close)

        apps = {**self._registry_hosts, **self.entra.hosts}
        server = RegistryServer(HostApp(apps), certificates=certificates())
        self._server = undo.enter_context(server)
        self._metadata = undo.enter_context(RegistryServer(self.entra.metadata_app))

        https_hosts = {host: {HTTPS_PORT: self._server.port} for host in apps}
        http_hosts = {host: {_HTTP_PORT: self._metadata.port} for host in self.entra.metadata_hosts}
        return ActiveNetwork(
            hosts=https_hosts | http_hosts,
            registries=tuple(self._registry_hosts),
            allowed=self._allowed,
            ca_pem=certificates().ca_pem.decode(),
            environment=self.variables,
        )

    def _forget(self) -> None:
        self._server = self._active = None
        self._subprocess_variables.clear()

    def __call__(self, decorated: F) -> F:
        """Return a function, async or a generator too, or a class whose tests run inside.

        A class may be a unittest.TestCase or one of pytest. TypeError for a class without tests.
        """
        if isinstance(decorated, type):
            return run_tests_inside(self, decorated)
        return run_inside(self, decorated)


def _check_registries(registries: Iterable[object]) -> tuple[FakeRegistry, ...]:
    found: list[FakeRegistry] = []
    for registry in registries:
        check_type("registries", registry, FakeRegistry)
        found.append(cast("FakeRegistry", registry))
    return tuple(found)


def _hosts_of(registries: Iterable[FakeRegistry]) -> "dict[str, WSGIApplication]":
    """Return the apps of all hosts of `registries`. ValueError if two have the same name."""
    found: dict[str, WSGIApplication] = {}
    for registry in registries:
        if registry.login_server in found:
            name = registry.login_server
            raise ValueError(f"expected registries of different names, found {name} twice")
        found.update(registry.hosts)
    return found


@cache
def certificates() -> Certificates:
    """Return certificates by one CA for the process: to make a CA takes longer than a test."""
    return Certificates.generate((*_STORAGE_NAMES, *FakeEntra().hosts))
