"""Why an export failed, in words and with the option that helps."""

import socket
import ssl
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from fake_registry.client.access import RealmRefused
from fake_registry.spec.errors import RegistryError, Unauthorized

_NO_TLS: Final = frozenset({"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"})
"""OpenSSL's reasons where the other end answers in plain http."""
_REASON_OF_A_BARE_400: Final = "status 400"
"""The reason of `decode_error` for an answer without a registry's error. Servers with TLS send
it to a client in plain http: this one, nginx, and those in Go."""


def explain_failure(error: Exception, url: str, *, logged_in: bool) -> str:
    """Return why the registry at `url` cannot be exported, and how it could be."""
    refused = error.__cause__
    if isinstance(refused, RealmRefused) and refused.host is not None:
        return f"{refused.reason}; --realm-host {refused.host} allows it"
    if isinstance(error, Unauthorized) and not logged_in:
        return f"{error}; --username and --password, or --token, log in"
    if url.startswith("http://") and _is_bare_400(error):
        host = urlsplit(url).netloc.rpartition("@")[2]
        return f"{host} answered with status 400; write https://{host} for a registry with TLS"

    from requests import RequestException  # loaded already: see `command`
    from requests.exceptions import ProxyError

    if not isinstance(error, RequestException) or isinstance(error, ProxyError):
        return str(error)

    # a token service or a storage account may have another address than the registry
    sent = url if error.request is None else str(error.request.url)
    address = urlsplit(sent).netloc.rpartition("@")[2]
    reasons = (_reason_of(cause, address) for cause in _causes_of(error))
    return next(filter(None, reasons), str(error))


def _is_bare_400(error: Exception) -> bool:
    return isinstance(error, RegistryError) and error.reason == _REASON_OF_A_BARE_400


def _causes_of(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and all that it was raised from. urllib3 has them in `reason` and `args`."""
    found = [error]
    for one in found:
        yield one
        related = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        found += [other for other in related if _is_new(other, found)]


def _is_new(value: object, found: list[BaseException]) -> bool:
    return isinstance(value, BaseException) and all(value is not other for other in found)


def _reason_of(cause: BaseException, address: str) -> str | None:
    match cause:
        case ssl.SSLCertVerificationError():
            problem = f"{address} has a certificate that is not trusted: {cause.verify_message}"
            return f"{problem}; --ca-file names its CA, --insecure trusts every certificate"
        case ssl.SSLError() if cause.reason in _NO_TLS:
            return f"{address} does not speak TLS; write http://{address} for a registry without it"
        case socket.gaierror():
            return f"cannot resolve {address}: {cause.strerror}"
        case ConnectionRefusedError():
            return f"cannot connect to {address}: connection refused"
    return None
