"""Decides where names, connections and TLS contexts lead: to a fake, to the real host, or nowhere.

`Interception` holds the networks that are active in this process. The patches ask it wherever
Python and its libraries resolve a name, connect or start TLS.

A host of a network resolves to a loopback address that stands for it, and a connection to that
address goes to the server of the network. Any other host is refused, unless it is on this machine
or the network allows it.
"""

import ssl
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from fake_registry import Settings
from pytest_acr.interception.addresses import (
    StandInAddresses,
    host_of,
    is_local,
    is_remote_name,
    port_of,
)
from pytest_acr.interception.aiodns_patches import aiodns_patches
from pytest_acr.interception.environment import EnvironmentOverrides
from pytest_acr.interception.patching import install
from pytest_acr.interception.stdlib_patches import STDLIB_PATCHES
from pytest_acr.interception.tls_contexts import TrustingContexts
from pytest_acr.interception.uvloop_patches import uvloop_patches

HTTPS_PORT: Final = 443


class HostRefused(RuntimeError):
    """A connection would have left this machine, or used a port that the fake's host does not have.

    Nothing was sent. A registry needs a fake of its name: `@pytest.mark.acr(name="NAME")` for the
    fixture `acr_network`, or one among the registries of `network`. Any other host needs
    `network(..., allow=["example.com"])`, and is then the real one. This is not an OSError, because
    clients would take that for a network failure and try again.
    """


@dataclass(frozen=True, eq=False)
class ActiveNetwork:
    """The facts of a network that interception needs."""

    hosts: Mapping[str, Mapping[int, int]]
    """For each name or address, its ports, each with the port of its server on 127.0.0.1."""
    registries: tuple[str, ...]
    """Those of `hosts` that are registries, for error messages."""
    allowed: frozenset[str]
    """Names and addresses that connections may leave this machine for."""
    ca_pem: str
    environment: Mapping[str, str | None]
    """The variables of the environment inside. None: absent."""
    addresses: set[str] = field(default_factory=set)
    """The addresses that allowed names have resolved to."""

    def allows(self, host: str) -> bool:
        return host in self.allowed or host in self.addresses

    def refusal_of(self, host: str) -> HostRefused:
        """Return the error for `host`, with the hosts of this network and the remedies."""
        known = ", ".join(self.registries) or "none"
        problem = f"{host} is not one of this network's hosts, {known}"
        return HostRefused("; ".join((problem, *_remedies_for(host))))


def _remedies_for(host: str) -> tuple[str, ...]:
    """Return the ways to reach `host`, a fake of this name first and the real host last."""
    real = f"network(..., allow=[{host!r}]) leads to the real host"
    settings = _settings_of(host)
    if settings is None:
        return (real,)

    marker = f"@pytest.mark.acr({settings}) gives the fixture acr_network a fake of this name"
    registry = f"network(FakeRegistry(Settings({settings}))) is a network with one"
    return marker, registry, real


def _settings_of(host: str) -> str | None:
    """Return the settings of a fake whose login server is `host`; None if no fake can have it."""
    name, _, domain = host.partition(".")
    default = Settings()
    try:
        default.evolve(name=name, domain=domain)
    except ValueError:
        return None

    other_cloud = "" if domain == default.domain else f', domain="{domain}"'
    return f'name="{name}"{other_cloud}'


class Interception:
    """The active networks of this process, innermost first.

    The first one installs the patches; when the last one ends, they are removed.
    """

    def __init__(self) -> None:
        self._mutex = threading.RLock()
        self._networks: tuple[ActiveNetwork, ...] = ()
        self._remove_patches: Callable[[], None] | None = None
        self._are_libraries_patched = False
        self._environment = EnvironmentOverrides()
        self._contexts = TrustingContexts()
        self._stand_ins = StandInAddresses()
        self._former_hosts: frozenset[str] = frozenset()
        """The registries of networks that have ended; see `_refuse_former_host`."""

    # the active networks

    def add(self, network: ActiveNetwork) -> None:
        """Make `network` the innermost one. It may be active already."""
        with self._mutex:
            self._install_patches()
            self._networks = (network, *self._networks)
            for host in network.hosts:
                self._stand_ins.address_of(host)
            self._apply_environments()

    def remove(self, network: ActiveNetwork) -> None:
        """End `network`, which may be any of the active ones, or one whose `add` was interrupted.

        From now on the names of its registries are refused: a client that was built inside and is
        used outside would connect to the real registries.
        """
        with self._mutex:
            networks = list(self._networks)
            if network in networks:
                networks.remove(network)
            self._networks = tuple(networks)
            self._apply_environments()
            if not networks:
                self._end()
            self._refuse_from_now_on(network.registries)

    def _install_patches(self) -> None:
        if not self._are_libraries_patched:
            # these stay: no audit hook is called for names that a library resolves in C
            self._are_libraries_patched = True
            install((*uvloop_patches(), *aiodns_patches()), self)
        if self._remove_patches is None:
            self._remove_patches = install(STDLIB_PATCHES, self)

    def _apply_environments(self) -> None:
        self._environment.apply(network.environment for network in reversed(self._networks))

    def _end(self) -> None:
        self._environment.forget()
        self._contexts.clear()
        if self._remove_patches is not None:
            self._remove_patches()
            self._remove_patches = None

    # hosts of networks that have ended

    def _refuse_from_now_on(self, registries: tuple[str, ...]) -> None:
        if registries and not self._former_hosts:
            sys.addaudithook(self._refuse_former_host)
        self._former_hosts |= frozenset(registries)

    def _refuse_former_host(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raise HostRefused for a name that was a fake's, and for the address that stood for it.

        This is an audit hook (PEP 578): it stays until the process ends, and leaves the functions
        of Python as they are.
        """
        if event == "socket.getaddrinfo":
            self._check_former(host_of(arguments[0]))
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            address = host_of(arguments[1][0])
            self._check_former(self._stand_ins.name_of(address) or "")

    def _check_former(self, host: str) -> None:
        networks = self._networks
        is_allowed = any(host in network.allowed for network in networks)
        if host not in self._former_hosts or is_allowed:
            return

        if networks:
            raise networks[0].refusal_of(host)
        raise HostRefused(
            f"{host} was a fake inside pytest_acr.network, which has been left; "
            f"network(..., allow=[{host!r}]) leads to the real one"
        )

    # names

    def host_to_resolve(self, host: object) -> object:
        """Return the address that stands for a network's host; `host` for others. HostRefused."""
        name = host_of(host)
        if self._network_of(name) is not None:
            return self._stand_ins.address_of(name)

        self._check_former(name)
        if is_remote_name(name):
            self._check_allowed(name)
        return host

    def check_lookup(self, host: object) -> None:
        """Raise HostRefused unless `host` is a network's, on this machine, or allowed."""
        name = host_of(host)
        if self._network_of(self._stand_ins.name_of(name) or name) is not None:
            return

        if is_remote_name(name) or not is_local(name):
            self._check_allowed(name)

    def record_addresses(self, host: object, addresses: Iterable[str]) -> None:
        """Let connections through to the addresses that an allowed name has resolved to."""
        name = host_of(host)
        for network in self._networks:
            if name in network.allowed:
                network.addresses.update(addresses)
                return

    def _network_of(self, host: str) -> ActiveNetwork | None:
        return next((network for network in self._networks if host in network.hosts), None)

    def _check_allowed(self, host: str) -> None:
        networks = self._networks
        if networks and not any(network.allows(host) for network in networks):
            raise networks[0].refusal_of(host)

    # connections

    def address_to_connect(self, address: Any) -> Any:  # Any: its form depends on the family
        """Return the address of a fake's server, or `address` itself. HostRefused."""
        is_path = not isinstance(address, tuple)  # of the family AF_UNIX
        if is_path or not self._networks:
            return address

        target = host_of(address[0])
        host = self._stand_ins.name_of(target) or target
        network = self._network_of(host)
        if network is not None:
            return "127.0.0.1", _server_port(network, host, port_of(address[1]))

        self._check_former(host)
        self.check_lookup(target)
        return address

    # TLS

    def context_for(self, context: ssl.SSLContext, server_hostname: object) -> ssl.SSLContext:
        """Return a context that trusts the CA of this host's network; `context` for other hosts."""
        network = self._network_of(host_of(server_hostname))
        if network is None:
            return context
        return self._contexts.context_like(context, ca_pem=network.ca_pem)


def _server_port(network: ActiveNetwork, host: str, port: int) -> int:
    ports = network.hosts[host]
    if port not in ports:
        expected = ", ".join(map(str, ports))
        wrong_port = f"expected a connection to port {expected}, found one to port {port}"
        raise HostRefused(f"{host}: {wrong_port}")
    return ports[port]


INTERCEPTION: Final = Interception()
