"""How names lead to a fake while a network is active: which there are, and what that means for a name, a connection and
a trust. `patches` puts the question where Python and its libraries ask.

A network's hosts get loopback addresses, which nobody else uses and each keeps for good, as clients remember what a
name has led to; a connection to one leads to the network's server on this machine. What is neither of this machine nor
allowed is refused, by name.

The module holds state because what it changes is the process': the networks that are active, innermost first.
"""

import ipaddress
import os
import socket
import ssl
import sys
import threading
import weakref
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from pytest_acr.interception.patching import guard, install

HTTPS_PORT: Final = 443

_STANDING_FOR_HOSTS: Final = ipaddress.ip_network("127.83.0.0/16")


class HostRefused(RuntimeError):
    """A connection would have left this machine for a host that is no fake and not allowed, or asked a fake for what
    the real host has not. Nothing was sent.

    No OSError, so that nobody takes it for a network that is down and tries again.
    """


@dataclass(frozen=True, eq=False)
class Network:
    """What interception has to know of a network."""

    hosts: Mapping[str, Mapping[int, int]]
    """A name, or an address, and its ports -> the port of a server on 127.0.0.1."""
    registries: tuple[str, ...]
    """Those of `hosts` that are registries', for whoever is told what there is."""
    allowed: frozenset[str]
    ca_pem: str
    environment: Mapping[str, str | None]
    """What the environment has inside; None for what it has not."""
    addresses: set[str] = field(default_factory=set)
    """What allowed names have led to."""

    def explain(self, host: str) -> str:
        """Say why `host` cannot be reached, and what would let it."""
        known = ", ".join(self.registries) or "none"
        return f"{host} is not one of this network's hosts, {known}; network(..., allow=[{host!r}]) lets it through"


class Interception:
    """The networks that are active, innermost first; with the first of them the patches come, with the last they go."""

    def __init__(self) -> None:
        self._mutex = threading.RLock()
        self._networks: tuple[Network, ...] = ()
        self._undo: Callable[[], None] | None = None
        self._guarded = False
        self._environment: dict[str, tuple[str | None, str | None]] = {}
        """What networks have changed: as it was before the first of them, and as they left it; None is absent."""
        self._twins: weakref.WeakKeyDictionary[ssl.SSLContext, dict[Network, ssl.SSLContext]] = (
            weakref.WeakKeyDictionary()
        )
        self._standing: dict[str, str] = {}
        """The addresses that stand for hosts."""
        self._left: frozenset[str] = frozenset()
        """Hosts of networks that were left: see `_refuse_left`."""

    def add(self, network: Network) -> None:
        """Make `network` the innermost; also once more."""
        with self._mutex:
            if not self._guarded:
                self._guarded = True
                guard(self)
            if self._undo is None:
                self._undo = install(self)
            self._networks = (network, *self._networks)
            for host in network.hosts:
                self._address_of(host)
            self._set_environment()

    def remove(self, network: Network) -> None:
        """End `network`, in whatever order, or undo an `add` that was cut short. From now on nobody reaches its
        registries by name: a client that was built inside and is used outside would dial the real ones."""
        with self._mutex:
            networks = list(self._networks)
            if network in networks:
                networks.remove(network)
            self._networks = tuple(networks)
            self._set_environment()
            if not self._networks and self._undo is not None:
                self._undo()
                self._undo = None
                self._twins.clear()
            if network.registries and not self._left:
                sys.addaudithook(self._refuse_left)
            self._left |= frozenset(network.registries)

    def _refuse_left(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Raise HostRefused for a name that was a fake's, and for an address that stood for one. An audit hook
        (PEP 578) stays for good, and leaves Python's functions as they were."""
        if event == "socket.getaddrinfo":
            self._check_left(_name_of(arguments[0]))
        elif event == "socket.connect" and isinstance(arguments[1], tuple):
            self._check_left(self._standing_for(_name_of(arguments[1][0])) or "")

    def _check_left(self, name: str) -> None:
        if name in self._left and not any(name in network.allowed for network in self._networks):
            remedy = f"network(..., allow=[{name!r}]) leads to the real one"
            raise HostRefused(f"{name} was a fake inside pytest_acr.network, which has been left; {remedy}")

    # names

    def lead(self, host: object) -> object:
        """Return what to resolve in place of `host`. HostRefused."""
        name = _name_of(host)
        if self._network_of(name) is not None:
            return self._address_of(name)
        self._check_left(name)
        if _is_name(name):
            self._check_allowed(name)
        return host

    def check(self, host: object) -> None:
        """Refuse a host that is neither a network's nor this machine's nor allowed. HostRefused."""
        name = _name_of(host)
        if self._network_of(self._standing_for(name) or name) is None and (_is_name(name) or not _is_local(name)):
            self._check_allowed(name)

    def note(self, host: object, addresses: Iterable[str]) -> None:
        """Let connections through to where an allowed name has led."""
        name = _name_of(host)
        allowing = [network for network in self._networks if name in network.allowed]
        if allowing:
            allowing[0].addresses.update(addresses)

    def _network_of(self, name: str) -> Network | None:
        return next((one for one in self._networks if name in one.hosts), None)

    def _check_allowed(self, name: str) -> None:
        networks = self._networks
        if networks and not any(name in network.allowed or name in network.addresses for network in networks):
            raise HostRefused(networks[0].explain(name))

    def _address_of(self, host: str) -> str:
        with self._mutex:
            if not _is_name(host):
                return host
            return self._standing.setdefault(host, str(_STANDING_FOR_HOSTS[len(self._standing) + 1]))

    def _standing_for(self, address: str) -> str | None:
        if not address.startswith("127.83."):
            return None
        return next((host for host, standing in self._standing.items() if standing == address), None)

    # connections

    def target(self, address: Any) -> Any:  # Any: of whatever family
        """Return where a connection to `address` goes. HostRefused."""
        if not isinstance(address, tuple) or not self._networks:  # a path, AF_UNIX
            return address
        name = _name_of(address[0])
        host = self._standing_for(name) or name
        network = self._network_of(host)
        if network is not None:
            port = _port_of(address[1])
            if port not in network.hosts[host]:
                expected = ", ".join(str(known) for known in network.hosts[host])
                raise HostRefused(f"{host}: expected a connection to port {expected}, found one to port {port}")
            return "127.0.0.1", network.hosts[host][port]
        if host != name:  # of a network that was left
            self._check_left(host)
        self.check(name)
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
            twin.minimum_version, twin.maximum_version = context.minimum_version, context.maximum_version
            twin.sslsocket_class, twin.sslobject_class = context.sslsocket_class, context.sslobject_class
        return twin

    # the environment

    def _set_environment(self) -> None:
        """Give each variable the innermost network's value, or the one that it had before: but for those that somebody
        else has set inside, which are theirs."""
        wanted: dict[str, str | None] = {name: before for name, (before, _) in self._environment.items()}
        for network in reversed(self._networks):
            for name, value in network.environment.items():
                self._environment.setdefault(name, (os.environ.get(name), os.environ.get(name)))
                wanted[name] = value
        for name, value in wanted.items():
            before, left = self._environment[name]
            if os.environ.get(name) != left:
                continue
            self._environment[name] = (before, value)
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


def _port_of(port: object) -> int:
    if isinstance(port, str) and not port.isdecimal():
        return socket.getservbyname(port)
    return int(port) if isinstance(port, int | str) else 0


def _is_name(text: str) -> bool:
    """Tell a name that somebody else would have to resolve from an address, or a name of this machine."""
    if text in ("", "localhost") or text.endswith(".localhost") or text == socket.gethostname().lower():
        return False
    return _address_in(text) is None


def _is_local(text: str) -> bool:
    """Tell whether an address is of this machine, or none at all."""
    address = _address_in(text)
    return address is None or address.is_loopback or address.is_unspecified


def _address_in(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
