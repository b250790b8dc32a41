"""Puts off loading the authorities that all clients trust until a handshake needs them.

OpenSSL takes 20 ms to load them, and requests loads them for each new connection. The certificates
of fakes are by another authority, so a connection to a fake needs none of them.
"""

import os
import ssl
import sys
import threading
import weakref
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pytest_acr.interception.patching import Load

_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


def is_shared_bundle(file: object) -> bool:
    """Return whether `file` is a file of authorities that all clients of this machine trust.

    It is certifi's, OpenSSL's, or one that the environment names. Any other file is loaded at once,
    so that a test of a malformed file gets its error where the file is loaded.
    """
    if not isinstance(file, str | os.PathLike) or not Path(file).is_file():
        return False
    return os.fspath(file) in _shared_bundles()


def _shared_bundles() -> Iterable[str | None]:
    system = ssl.get_default_verify_paths()
    named = [os.environ.get(name) for name in _VARIABLES]
    return {*named, system.cafile, system.openssl_cafile, *_bundles_of_certifi()}


def _bundles_of_certifi() -> Iterable[str]:
    certifi = sys.modules.get("certifi")  # imported by each client that loads its file
    return () if certifi is None else (certifi.where(),)


class DeferredLoads:
    """The loads that were put off, for each context. Safe to use from several threads."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._loads: weakref.WeakKeyDictionary[ssl.SSLContext, tuple[Load, ...]] = weakref.WeakKeyDictionary()

    def add(self, context: ssl.SSLContext, load: Load) -> None:
        """Put off a load, which must not refer to the context."""
        with self._mutex:
            self._loads[context] = (*self._loads.get(context, ()), load)

    def do(self, context: ssl.SSLContext) -> None:
        """Do the loads of a context, in their order."""
        with self._mutex:
            loads = self._loads.pop(context, ())
        for load in loads:
            load(context)

    def do_all(self) -> None:
        """Do all loads, for the contexts that still exist.

        A file that was removed in the meantime is left out: the context then trusts less.
        """
        with self._mutex:
            taken = list(self._loads.items())
            self._loads.clear()

        for context, loads in taken:
            for load in loads:
                with suppress(OSError):
                    load(context)
