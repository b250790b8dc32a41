"""TLS contexts for connections to fakes: like the client's own, but trusting the fakes' CA."""

import ssl
import threading
import weakref


class TrustingContexts:
    """Makes contexts that trust one CA and are otherwise like the context of the client.

    The client's own contexts stay as they are. Safe to use from several threads.
    """

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._by_original: weakref.WeakKeyDictionary[ssl.SSLContext, dict[str, ssl.SSLContext]] = (
            weakref.WeakKeyDictionary()
        )

    def context_like(self, original: ssl.SSLContext, *, ca_pem: str) -> ssl.SSLContext:
        """Return a context with the settings that `original` has now, which trusts `ca_pem`."""
        with self._mutex:
            by_ca = self._by_original.setdefault(original, {})
            if ca_pem not in by_ca:
                by_ca[ca_pem] = _client_context(ca_pem)
            context = by_ca[ca_pem]
            _copy_settings(original, context)
        return context

    def clear(self) -> None:
        """Forget all contexts that were made."""
        with self._mutex:
            self._by_original.clear()


def _client_context(ca_pem: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=ca_pem)
    return context


def _copy_settings(source: ssl.SSLContext, target: ssl.SSLContext) -> None:
    target.check_hostname = False  # while it is True, a verify_mode of CERT_NONE is refused
    target.verify_mode = source.verify_mode
    target.check_hostname = source.check_hostname

    target.minimum_version = source.minimum_version
    target.maximum_version = source.maximum_version
    target.sslsocket_class = source.sslsocket_class
    target.sslobject_class = source.sslobject_class
