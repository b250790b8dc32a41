"""Installs and removes patches. The patches themselves are in the modules `*_patches`."""

import ssl
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, Protocol

from pytest_acr.interception.watching import unwatch, watch

_ORIGINAL: Final = "__pytest_acr_original__"
"""The attribute of a replacement that holds the function it stands for."""


Load = Callable[[ssl.SSLContext], object]
"""Loads certificate authorities into a context."""


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

    def defer_load(self, context: ssl.SSLContext, load: Load) -> bool:
        """Return whether `load`, called with `context`, is put off until a handshake needs it."""

    def tidy(self) -> None:
        """Remove the patches that other code has put back, unless a network is active."""

    def load_deferred(self, context: ssl.SSLContext) -> None:
        """Do the loads that were put off for `context`."""


@dataclass(frozen=True)
class Patch:
    """One attribute of a module or class that is replaced."""

    # Any, here and in the modules of patches: these functions have many signatures
    holder: Any
    name: str
    wrap: Callable[[Interceptor, Any], Any]
    """Returns the replacement for the original function."""


class PatchSet:
    """Installs patches that ask one interceptor, and removes them. Safe to use from threads."""

    def __init__(self, interceptor: Interceptor) -> None:
        self._interceptor = interceptor
        self._mutex = threading.RLock()
        self._covered: tuple[_AppliedPatch, ...] = ()
        """Patches that were not on top when they were to be removed."""

    def install(self, patches: Iterable[Patch]) -> Callable[[], None]:
        """Install `patches`, all or none of them. Return the function that removes them.

        If other code patched over one of ours in the meantime, its patch stays, and ours underneath
        is a pass-through without active networks. `remove_uncovered` removes it later: at once in a
        module, which is watched until then.
        """
        self.remove_uncovered()
        with ExitStack() as undo:
            for patch in patches:
                undo.callback(self._remove, _apply(patch, self._interceptor))
            return undo.pop_all().close

    def remove_uncovered(self) -> None:
        """Remove the patches of which other code has removed its patch on top.

        `monkeypatch` and `unittest.mock` do so when a test ends: they put back the function that
        they found, which was ours.
        """
        if not self._covered:
            return

        with self._mutex:
            before = {applied.holder for applied in self._covered}
            self._covered = _remove_each(self._covered)
            for holder in before.difference(applied.holder for applied in self._covered):
                if isinstance(holder, ModuleType):
                    unwatch(holder)

    def _remove(self, applied: "_AppliedPatch") -> None:
        with self._mutex:
            if applied.remove():
                return

            self._covered += (applied,)
            if isinstance(applied.holder, ModuleType):
                watch(applied.holder, self._interceptor.tidy)


def _remove_each(covered: "tuple[_AppliedPatch, ...]") -> "tuple[_AppliedPatch, ...]":
    """Remove the patches that are on top. Return those that may be on top later.

    A patch that was installed above a removed one was above the patch of other code, and is gone
    with that.
    """
    left: list[_AppliedPatch] = []
    restored: set[tuple[object, str]] = set()
    for applied in covered:
        place = applied.holder, applied.name
        if place in restored:
            continue
        if applied.remove():
            restored.add(place)
        else:
            left.append(applied)
    return tuple(left)


@dataclass(frozen=True, eq=False)
class _AppliedPatch:
    """A patch that was installed, with the function to put back."""

    holder: Any
    name: str
    original: Any
    replacement: Any
    is_own: bool
    """Whether the class itself had the attribute, and did not inherit it."""

    def remove(self) -> bool:
        """Put the original back, and return True; return False if the patch is not on top."""
        if vars(self.holder).get(self.name) is not self.replacement:
            return False

        if self.is_own:
            _set(self.holder, self.name, self.original)
        else:
            delattr(self.holder, self.name)
        return True


def _apply(patch: Patch, interceptor: Interceptor) -> _AppliedPatch:
    holder, name = patch.holder, patch.name
    is_own = name in vars(holder)
    found = getattr(holder, name)
    original = getattr(found, _ORIGINAL, found)

    replacement = patch.wrap(interceptor, original)
    setattr(replacement, _ORIGINAL, original)
    _set(holder, name, replacement)
    return _AppliedPatch(holder, name, original, replacement, is_own)


def _set(holder: Any, name: str, value: object) -> None:
    """Set an attribute, in a module unnoticed by `watch`."""
    if isinstance(holder, ModuleType):
        vars(holder)[name] = value
    else:
        setattr(holder, name, value)
