"""TLS contexts for connections to fakes: like the client's own, but trusting the fakes' CA."""

import ssl
import threading
from typing import NamedTuple


class _ContextSettings(NamedTuple):
    """The settings of the client's context that its connections to fakes keep."""

    check_hostname: bool
    verify_mode: ssl.VerifyMode
    minimum_version: ssl.TLSVersion
    maximum_version: ssl.TLSVersion
    sslsocket_class: type[ssl.SSLSocket]
    sslobject_class: type[ssl.SSLObject]


class TrustingContexts:
    """Makes contexts that trust one CA and are otherwise like the context of the client.

    The client's own contexts stay as they are. Contexts with equal settings share one: requests
    makes a context for each new connection. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._by_settings: dict[tuple[str, _ContextSettings], ssl.SSLContext] = {}

    def context_like(self, original: ssl.SSLContext, *, ca_pem: str) -> ssl.SSLContext:
        """Return a context with the settings that `original` has now, which trusts `ca_pem`."""
        key = ca_pem, _settings_of(original)
        with self._mutex:
            if key not in self._by_settings:
                self._by_settings[key] = _client_context(*key)
            return self._by_settings[key]

    def clear(self) -> None:
        """Forget all contexts that were made."""
        with self._mutex:
            self._by_settings.clear()


def _settings_of(context: ssl.SSLContext) -> _ContextSettings:
    return _ContextSettings(**{name: getattr(context, name) for name in _ContextSettings._fields})


def _client_context(ca_pem: str, settings: _ContextSettings) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ca_pem)

    context.check_hostname = False  # while it is True, a verify_mode of CERT_NONE is refused
    context.verify_mode = settings.verify_mode
    for name, value in settings._asdict().items():
        setattr(context, name, value)
    return context
