"""Installs and removes patches. The patches themselves are in the modules `*_patches`."""

import ssl
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final, Protocol

_ORIGINAL: Final = "__pytest_acr_original__"
"""The attribute of a replacement that holds the function it stands for."""


class Interceptor(Protocol):
    """Decides where names and connections go. Raises HostRefused for those that must not leave.

    The patches ask it; they decide nothing themselves.
    """

    def host_to_resolve(self, host: object) -> object:
        """Return the host to resolve in place of `host`."""

    def check_lookup(self, host: object) -> None:
        """Raise HostRefused if no name server may be asked about `host`, a name or an address."""

    def record_addresses(self, host: object, addresses: Iterable[str]) -> None:
        """Record that `host` has resolved to `addresses`."""

    def address_to_connect(self, address: Any) -> Any:  # Any: its form depends on the family
        """Return the address to connect to in place of `address`."""

    def context_for(self, context: ssl.SSLContext, server_hostname: object) -> ssl.SSLContext:
        """Return the context to use in place of `context` for a handshake with this host."""


@dataclass(frozen=True)
class Patch:
    """One attribute of a module or class that is replaced."""

    # Any, here and in the modules of patches: these functions have many signatures
    holder: Any
    name: str
    wrap: Callable[[Interceptor, Any], Any]
    """Returns the replacement for the original function."""


def install(patches: Iterable[Patch], interceptor: Interceptor) -> Callable[[], None]:
    """Install `patches`, all or none of them. Return the function that removes them.

    If another library patched over one of ours in the meantime, its patch stays; ours underneath
    becomes a pass-through, because its interceptor has no networks, and is reused next time.
    """
    with ExitStack() as undo:
        for patch in patches:
            undo.callback(_apply(patch, interceptor))
        return undo.pop_all().close


def _apply(patch: Patch, interceptor: Interceptor) -> Callable[[], None]:
    holder, name = patch.holder, patch.name
    is_own = name in vars(holder)  # and not inherited
    found = getattr(holder, name)
    original = getattr(found, _ORIGINAL, found)

    replacement = patch.wrap(interceptor, original)
    setattr(replacement, _ORIGINAL, original)
    setattr(holder, name, replacement)

    def undo() -> None:
        if vars(holder).get(name) is not replacement:
            return
        if is_own:
            setattr(holder, name, original)
        else:
            delattr(holder, name)

    return undo
