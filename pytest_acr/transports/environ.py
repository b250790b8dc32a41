"""The WSGI environ of a request (PEP 3333) from its method, URL and headers, as a server makes it.

An unusual URL is first written as requests writes it. Bodies are added by `framing`.
"""

import re
import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from fake_registry.spec.redaction import redact_text
from fake_registry.spec.text_cache import TextCache
from fake_registry.wire.origins import DEFAULT_PORTS
from fake_registry.wsgi import PAUSES

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

PORT_TEXTS: Final = {scheme: str(port) for scheme, port in DEFAULT_PORTS.items()}
"""The default port of each scheme, as an environ has it."""

_URL = re.compile(
    r"(https?)://([^/?#]*)([^?#]*)(?:\?([^#]*))?(?:#.*)?",
    re.IGNORECASE | re.DOTALL,
)
_PORT = re.compile(r"(.*?)(?::([0-9]*))?", re.DOTALL)
_USUAL = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*")


def environ_of(
    method: str,
    url: str,
    headers: Mapping[str, str | bytes],
    *,
    prepared: bool = False,
) -> "WSGIEnvironment":
    """Return the environ of a request without a body (PEP 3333, environ Variables).

    requests has resolved the dot segments of a `prepared` URL; those that are left in it were
    encoded, and are sent. Raises ValueError for a URL that is not http or https.
    """
    target = _environ_of_url(url, prepared=True) if prepared else _TARGETS[url]
    environ: WSGIEnvironment = {
        **target,
        "REQUEST_METHOD": method.upper(),
        "wsgi.errors": sys.stderr,
    }

    # azure-core's mapping yields its names faster in lower case than as they were spelled
    items = getattr(headers, "lowerkey_items", headers.items)
    for name, value in items():
        environ[_ENVIRON_NAMES[name]] = value if type(value) is str else _text_of(value)
    return environ


def _text_of(value: str | bytes) -> str:
    """Return a header's value as PEP 3333 passes it; HTTP clients accept bytes as well."""
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _environ_of_url(url: str, *, prepared: bool = False) -> "WSGIEnvironment":
    """Return what all requests to one URL have in common, for the caller to copy."""
    if ("/." in url and not prepared) or not _USUAL.fullmatch(url):
        url = _as_requests_writes(url)
    match = _URL.fullmatch(url)
    if match is None:
        raise ValueError(f"expected an http or https URL, found {redact_text(url)!r}")

    scheme, authority, path, query = match.groups("")
    path = path or "/"
    _, _, netloc = authority.rpartition("@")
    return {
        **_ORIGINS[f"{scheme}://{netloc}".lower()],
        "PATH_INFO": _path_info_of(path),
        "QUERY_STRING": query,
        "REQUEST_URI": f"{path}?{query}" if query else path,
    }


_TARGETS: Final = TextCache(_environ_of_url, entries=256)
"""A client with a login sends most requests twice, and each login to the same two URLs."""


def _environ_of_origin(origin: str) -> "WSGIEnvironment":
    """Return what all requests to one origin have in common, for the caller to copy."""
    scheme, _, netloc = origin.partition("://")
    match = _PORT.fullmatch(netloc)
    assert match is not None  # every text matches
    host, port = match.groups("")
    default_port = PORT_TEXTS[scheme]

    return {
        "SCRIPT_NAME": "",
        "SERVER_NAME": host,
        "SERVER_PORT": port or default_port,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host if port in ("", default_port) else netloc,
        # Both requests and aiohttp send these two when the caller names none.
        "HTTP_ACCEPT": "*/*",
        "HTTP_ACCEPT_ENCODING": "gzip, deflate",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "wsgi.input_terminated": True,
        PAUSES: True,
    }


_ORIGINS: Final = TextCache(_environ_of_origin, entries=128)
"""A client calls one host or two, and most of an environ depends on them."""


def _path_info_of(path: str) -> str:
    """Return a path's bytes as PEP 3333 passes them: in a str, one character each."""
    if "%" not in path:
        return path
    return unquote_to_bytes(path).decode("latin-1")


def _as_requests_writes(url: str) -> str:
    """Return `url` with illegal characters encoded and dot segments resolved.

    Such URLs are rare, so requests itself is asked.
    """
    from requests import PreparedRequest

    prepared = PreparedRequest()
    prepared.prepare_url(url, None)
    return prepared.url or url


def _environ_name_of(header: str) -> str:
    name = header.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"


_ENVIRON_NAMES: Final = TextCache(_environ_name_of, entries=512)
"""The key of each header in an environ."""
