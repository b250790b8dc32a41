"""Host names and addresses as clients write them, and the addresses that stand for fakes."""

import ipaddress
import re
import socket
import threading
from collections.abc import Iterable
from typing import Final

from fake_registry.arguments import items_of

_HOST_NAME: Final = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")

_STAND_INS: Final = ipaddress.ip_network("127.83.0.0/16")
"""Loopback addresses that other programs are unlikely to use."""


class StandInAddresses:
    """The loopback addresses that host names of fakes resolve to.

    A name keeps its address until the process ends, because clients remember what a name resolved
    to. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._addresses: dict[str, str] = {}
        self._names: dict[str, str] = {}

    def address_of(self, host: str) -> str:
        """Return the address that stands for `host`; `host` itself if it is an address."""
        if not is_remote_name(host):
            return host

        with self._mutex:
            if host not in self._addresses:
                address = str(_STAND_INS[len(self._addresses) + 1])
                self._addresses[host] = address
                self._names[address] = host
            return self._addresses[host]

    def name_of(self, address: str) -> str | None:
        """Return the name that `address` stands for."""
        return self._names.get(address)


def host_of(host: object) -> str:
    """Return a host in the form to compare: lower case, without brackets or a dot at its end."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host or "")
    return text.lower().strip("[]").removesuffix(".")


def port_of(port: object) -> int:
    """Return the number of a port that may be given by the name of its service; 0 for no port."""
    if isinstance(port, str) and not port.isdecimal():
        return socket.getservbyname(port)
    return int(port) if isinstance(port, int | str) else 0


def is_remote_name(host: str) -> bool:
    """Return whether `host` is a name to resolve, and not a name of this machine."""
    if host in ("", "localhost", socket.gethostname().lower()) or host.endswith(".localhost"):
        return False
    return _parse_address(host) is None


def is_local(host: str) -> bool:
    """Return whether `host` is a loopback or unspecified address, or not an address."""
    address = _parse_address(host)
    return address is None or address.is_loopback or address.is_unspecified


def parse_allowed_hosts(hosts: Iterable[str]) -> frozenset[str]:
    """Return `hosts` in the form to compare.

    Raises TypeError for a single text or an item that is not text, ValueError for an item that is
    not a host name or address.
    """
    return frozenset(map(_parse_allowed_host, items_of("allow", hosts, str)))


def _parse_allowed_host(text: str) -> str:
    host = text.lower().removesuffix(".")
    address = _parse_address(host.removeprefix("[").removesuffix("]"))
    if address is not None:
        return str(address)

    if not _HOST_NAME.fullmatch(host):
        raise ValueError(f"allow: expected a host name or an address, found {text!r}")
    return host


def _parse_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Return the address that `text` is, without the zone of an IPv6 address."""
    try:
        return ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
