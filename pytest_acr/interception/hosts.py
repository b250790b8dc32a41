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

from pytest_acr.interception.addresses import (
    StandInAddresses,
    host_of,
    is_local,
    is_remote_name,
    port_of,
)
from pytest_acr.interception.aiodns_patches import aiodns_patches
from pytest_acr.interception.ca_bundles import DeferredLoads
from pytest_acr.interception.environment import EnvironmentOverrides
from pytest_acr.interception.patching import Load, PatchSet
from pytest_acr.interception.refusals import HostRefused, refusal_of
from pytest_acr.interception.stdlib_patches import STDLIB_PATCHES
from pytest_acr.interception.tls_contexts import TrustingContexts
from pytest_acr.interception.uvloop_patches import uvloop_patches

HTTPS_PORT: Final = 443


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


class Interception:
    """The active networks of this process, innermost first.

    The first one installs the patches; when the last one ends, they are removed.
    """

    def __init__(self) -> None:
        self._mutex = threading.RLock()
        self._networks: tuple[ActiveNetwork, ...] = ()
        self._patches = PatchSet(self)
        self._remove_patches: Callable[[], None] | None = None
        self._are_libraries_patched = False
        self._environment = EnvironmentOverrides()
        self._contexts = TrustingContexts()
        self._deferred_loads = DeferredLoads()
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

        if not networks:
            self._deferred_loads.do_all()  # not with the mutex: it may take long

    def tidy(self) -> None:
        """Remove what could not be removed when the last network ended, because of other code.

        Other code had patched over a patch, or had set a variable, and has taken that back since.
        """
        with self._mutex:
            if not self._networks:
                self._patches.remove_uncovered()
                self._environment.restore_uncovered()

    def _install_patches(self) -> None:
        if not self._are_libraries_patched:
            # these stay: no audit hook is called for names that a library resolves in C
            self._are_libraries_patched = True
            self._patches.install((*uvloop_patches(), *aiodns_patches()))
        if self._remove_patches is None:
            self._remove_patches = self._patches.install(STDLIB_PATCHES)

    def _apply_environments(self) -> None:
        self._environment.apply(network.environment for network in reversed(self._networks))

    def _end(self) -> None:
        self._environment.forget()
        self._contexts.clear()
        if self._remove_patches is not None:
            self._remove_patches()
            self._remove_patches = None
        self.tidy()

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
            raise self._refusal_of(host)
        raise HostRefused(
            f"{host} was a fake inside pytest_acr.network, which has been left: use it inside; "
            f"network(..., allow=[{host!r}]) leads to the real one"
        )

    # names

    def host_to_resolve(self, host: object) -> object:
        """Return the address that stands for a network's host; `host` for others. HostRefused."""
        self._tidy_if_idle()
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
            raise self._refusal_of(host)

    def _refusal_of(self, host: str) -> HostRefused:
        hosts = [host for network in self._networks for host in network.registries]
        return refusal_of(host, dict.fromkeys(hosts))

    # connections

    def address_to_connect(self, address: Any) -> Any:  # Any: its form depends on the family
        """Return the address of a fake's server, or `address` itself. HostRefused."""
        self._tidy_if_idle()
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
        self._tidy_if_idle()
        network = self._network_of(host_of(server_hostname))
        if network is None:
            self.load_deferred(context)
            return context
        return self._contexts.context_like(context, ca_pem=network.ca_pem)

    def defer_load(self, context: ssl.SSLContext, load: Load) -> bool:
        """Put off a load until a handshake with another host, or the end of all networks."""
        self._tidy_if_idle()
        with self._mutex:
            if not self._networks:
                return False
            self._deferred_loads.add(context, load)
            return True

    def load_deferred(self, context: ssl.SSLContext) -> None:
        """Do the loads that were put off for `context`."""
        self._deferred_loads.do(context)

    def _tidy_if_idle(self) -> None:
        """Remove a patch that is called without networks, so that it is called no more."""
        if not self._networks:
            self.tidy()


def _server_port(network: ActiveNetwork, host: str, port: int) -> int:
    ports = network.hosts[host]
    if port not in ports:
        expected = ", ".join(map(str, ports))
        wrong_port = f"expected a connection to port {expected}, found one to port {port}"
        raise HostRefused(f"{host}: {wrong_port}")
    return ports[port]


INTERCEPTION: Final = Interception()
