"""How names lead to a fake while a network is active: which there are, and what that means for a name, a connection and
a trust. `patches` puts the question where Python and its libraries ask.

A network's hosts get a loopback address of its own, which nobody else uses; a connection to that leads to the network's
server on this machine. What is neither of this machine nor allowed is refused, by name.

The module holds state because what it changes is the process': the networks that are active, innermost first.
"""

import errno
import ipaddress
import os
import socket
import ssl
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pytest_acr.patches import install

HTTPS_PORT: Final = 443


class HostRefused(RuntimeError):
    """A connection would have left this machine for a host that is no fake and not allowed. Nothing was sent.

    No OSError, so that nobody takes it for a network that is down and tries again.
    """


@dataclass(frozen=True, eq=False)
class Network:
    """What interception has to know of a network. `address` is a loopback address that nobody else uses."""

    address: str
    hosts: frozenset[str]
    registries: tuple[str, ...]
    """Those of `hosts` that are registries', for whoever is told what there is."""
    ports: Mapping[tuple[str, int], int]
    """(address, port) as a client dials it -> the port of a server on 127.0.0.1."""
    allowed: frozenset[str]
    ca_pem: str
    environment: Mapping[str, str]
    """What the environment has inside."""

    def explain(self, host: str) -> str:
        """Say why `host` cannot be reached, and what would let it."""
        known = ", ".join(self.registries) or "none"
        return f"{host} is not one of this network's hosts, {known}; network(..., allow=[{host!r}]) lets it through"


class Interception:
    """The patches, in force from the first network to the last."""

    def __init__(self) -> None:
        self._mutex = threading.RLock()
        self._networks: tuple[Network, ...] = ()
        self._addresses: set[str] = set()
        """What allowed names have led to."""
        self._undo: Callable[[], None] | None = None
        self._environment: dict[str, str | None] = {}
        """What networks have changed, as it was before the first of them; None is absent."""
        self._twins: weakref.WeakKeyDictionary[ssl.SSLContext, dict[Network, ssl.SSLContext]] = (
            weakref.WeakKeyDictionary()
        )
        self._left: frozenset[str] = frozenset()
        """Hosts of networks that were left: see `_refuse_left`."""

    def add(self, network: Network) -> None:
        """Make `network` the innermost."""
        with self._mutex:
            if not self._networks:
                self._undo = install(self)
            self._networks = (network, *self._networks)
            self._set_environment()

    def remove(self, network: Network) -> None:
        """End `network`, in whatever order. From now on nobody reaches its registries by name: a client that was built
        inside and is used outside would dial the real ones."""
        with self._mutex:
            self._networks = tuple(one for one in self._networks if one is not network)
            self._set_environment()
            if not self._networks and self._undo is not None:
                self._undo()
                self._addresses.clear()
                self._twins.clear()
            if network.registries and not self._left:
                sys.addaudithook(self._refuse_left)
            self._left |= frozenset(network.registries)

    def _refuse_left(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raise HostRefused for a name that was a fake's. An audit hook (PEP 578) stays for good, and leaves Python's
        functions as they were."""
        if event != "socket.getaddrinfo" or (name := _name_of(arguments[0])) not in self._left:
            return
        if not any(name in network.allowed for network in self._networks):
            remedy = f"network(..., allow=[{name!r}]) leads to the real one"
            raise HostRefused(f"{name} was a fake inside pytest_acr.network, which has been left; {remedy}")

    # names

    def lead(self, host: object) -> object:
        """Return what to resolve in place of `host`. HostRefused."""
        name = _name_of(host)
        network = self._network_of(name)
        if network is not None:
            return network.address
        if _is_name(name):
            self._check_allowed(name)
        return host

    def note(self, host: object, addresses: Iterable[str]) -> None:
        """Let connections through to where an allowed name has led."""
        if self._networks and _is_name(_name_of(host)):
            self._addresses.update(addresses)

    def _network_of(self, name: str) -> Network | None:
        return next((one for one in self._networks if name in one.hosts), None)

    def _check_allowed(self, name: str) -> None:
        networks = self._networks
        if networks and not any(name in network.allowed for network in networks):
            raise HostRefused(networks[0].explain(name))

    # connections

    def target(self, address: Any) -> Any:  # Any: of whatever family
        """Return where a connection to `address` goes: HostRefused, ConnectionRefusedError."""
        if not isinstance(address, tuple) or not self._networks:  # a path, AF_UNIX
            return address
        name, port = _name_of(address[0]), address[1]
        network = self._network_of(name)
        dialled = name if network is None else network.address
        for one in self._networks:
            if (dialled, port) in one.ports:
                return "127.0.0.1", one.ports[dialled, port]
            if dialled == one.address:
                refused = f"{', '.join(one.registries)}: expected https on port {HTTPS_PORT}, found port {port}"
                raise ConnectionRefusedError(errno.ECONNREFUSED, refused)
        if _is_name(name) or (not _is_local(name) and name not in self._addresses):
            self._check_allowed(name)
        return address

    # trust

    def trusting(self, context: ssl.SSLContext, server_hostname: object) -> ssl.SSLContext:
        """Return a context like `context` that trusts the CA of the network that `server_hostname` is in; `context`
        itself, which stays as it is, for all others."""
        network = self._network_of(_name_of(server_hostname))
        if network is None:
            return context
        with self._mutex:
            twins = self._twins.setdefault(context, {})
            if network not in twins:
                twins[network] = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
                twins[network].load_verify_locations(cadata=network.ca_pem)
            twin = twins[network]
            twin.check_hostname = False  # or a verify_mode of CERT_NONE is refused
            twin.verify_mode = context.verify_mode
            twin.check_hostname = context.check_hostname
        return twin

    # the environment

    def _set_environment(self) -> None:
        """Give each variable the innermost network's value, or the one that it had before."""
        for name in {name for network in self._networks for name in network.environment} - self._environment.keys():
            self._environment[name] = os.environ.get(name)
        wanted = dict(self._environment)
        for network in reversed(self._networks):
            wanted.update(network.environment)
        for name, value in wanted.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        if not self._networks:
            self._environment.clear()


INTERCEPTION: Final = Interception()


def _name_of(host: object) -> str:
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    return text.lower().strip("[]").removesuffix(".")


def _is_name(text: str) -> bool:
    """Tell a name that somebody else would have to resolve from an address, or a name of this machine."""
    if text in ("", "localhost") or text.endswith(".localhost") or text == socket.gethostname().lower():
        return False
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return True
    return False


def _is_local(text: str) -> bool:
    """Tell whether an address is of this machine."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return True
    return address.is_loopback or address.is_unspecified
